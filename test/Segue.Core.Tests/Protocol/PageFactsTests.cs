using Segue.Core.Protocol;

namespace Segue.Core.Tests.Protocol;

public sealed class PageFactsTests
{
    private const string Page =
        """{"id":"q1","infoUri":"http://c/ui","partialCancelUri":"http://c/p","nextUri":"http://c/n?slug=x","columns":[{"name":"a"}],"data":[[1],[2]],"stats":{"rootStage":{"state":"NO"},"state":"FAILED"},"error":{"failureInfo":{"message":"no"},"message":"bad é","errorCode":7,"errorName":"E","errorType":"USER_ERROR"},"updateType":"INSERT"}""";

    [Fact]
    public void Facts_come_from_before_and_behind_the_rows()
    {
        var facts = PageFeeding.Whole(Page).Scanner.ReadFacts().ShouldNotBeNull();

        facts.ShouldBe(new PageFacts
        {
            Id = "q1",
            InfoUri = "http://c/ui",
            PartialCancelUri = "http://c/p",
            NextUri = "http://c/n?slug=x",
            State = "FAILED",
            UpdateType = "INSERT",
            HasColumns = true,
            ColumnsHash = facts.ColumnsHash,
            HasData = true,
            Rows = 2,
            Error = new PageError("E", 7, "USER_ERROR", "bad é"),
        });
        facts.ColumnsHash.ShouldNotBe(0UL);
    }

    [Fact]
    public void Id_and_columns_are_known_before_the_rows_arrive()
    {
        var facts = PageFeeding.Whole(Page[..Page.IndexOf("[1]", StringComparison.Ordinal)]).Scanner.ReadFacts().ShouldNotBeNull();

        facts.Id.ShouldBe("q1");
        facts.HasColumns.ShouldBeTrue();
        facts.HasData.ShouldBeTrue();
        facts.State.ShouldBeNull();
    }

    [Theory]
    [InlineData("""{"columns":[{"name":"a"}]}""", """{"id":"x","columns":[{"name":"a"}],"data":[]}""", true)]
    [InlineData("""{"columns":[{"name":"a"}]}""", """{"columns":[{"name":"b"}]}""", false)]
    public void Equal_columns_have_equal_hashes(string one, string other, bool equal) =>
        (PageFeeding.Whole(one).Scanner.ReadFacts()!.ColumnsHash == PageFeeding.Whole(other).Scanner.ReadFacts()!.ColumnsHash).ShouldBe(equal);

    [Theory]
    [InlineData("""{"id":null,"nextUri":null,"error":null,"columns":null,"stats":null,"data":null}""")]
    [InlineData("""{"id":[1],"nextUri":{"a":1},"error":"x","stats":[{"state":"X"}]}""")]
    public void A_null_or_another_kind_of_value_is_an_absent_field(string page) =>
        PageFeeding.Whole(page).Scanner.ReadFacts().ShouldBe(new PageFacts());

    [Theory]
    [InlineData("SERVER_STARTING_UP", true)]
    [InlineData("SERVER_SHUTTING_DOWN", true)]
    [InlineData("SYNTAX_ERROR", false)]
    public void A_starting_or_ending_coordinator_gives_no_result(string name, bool notReady) =>
        new PageError(name, 1, "INTERNAL_ERROR", "").IsNotReady.ShouldBe(notReady);
}
