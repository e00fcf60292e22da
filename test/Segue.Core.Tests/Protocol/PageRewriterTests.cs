using System.Text.Json;
using Segue.Core.Protocol;

namespace Segue.Core.Tests.Protocol;

public sealed class PageRewriterTests
{
    private static readonly PageNames Names = new("first", "http://s/i", "http://s/p");

    public static TheoryData<string, string?, string> Pages => new()
    {
        // a field of the coordinator's, what is given for nextUri, the page that goes out
        { """{"id":"q","infoUri":"i","nextUri":"n","columns":[ 1 ],"data":[[1]],"stats":{"a" : 1}}""", "http://s/n",
            """{"id":"first","infoUri":"http://s/i","columns":[ 1 ],"data":[[1]],"nextUri":"http://s/n","stats":{"a" : 1}}""" },
        { """{"data":[[1]],"nextUri":"n","id":"q","stats":{}}""", null, """{"data":[[1]],"id":"first","stats":{}}""" },
        { """{"data":[[1]]}""", "x", """{"data":[[1]],"nextUri":"x"}""" },
        { """{"data":[],"partialCancelUri":"p","nextUri":"n"}""", null, """{"data":[],"partialCancelUri":"http://s/p"}""" },
        { """{"id":"q","nextUri":"n","stats":{}}""", "x", """{"id":"first","stats":{},"nextUri":"x"}""" },
        { """{"nextUri":"n","stats":{"nextUri":"kept","id":1}}""", null, """{"stats":{"nextUri":"kept","id":1}}""" },
        { """{"nextUri":"n"}""", null, "{}" },
        { "{}", "x", """{"nextUri":"x"}""" },
        { """{"id":"q","data":{"encoding":"json"},"nextUri":"n"}""", "x", """{"id":"first","data":{"encoding":"json"},"nextUri":"x"}""" },
    };

    [Theory]
    [MemberData(nameof(Pages))]
    public void Names_are_exchanged_and_all_else_stays(string page, string? nextUri, string expected) =>
        PageFeeding.Whole(page).Rewritten(Names, nextUri).ShouldBe(expected);

    [Fact]
    public void A_field_without_a_value_for_the_client_is_left_out_and_never_null() =>
        PageFeeding.Whole("""{"id":"q","infoUri":"i","partialCancelUri":"p","data":[]}""").Rewritten(new PageNames("first", null, null), null)
            .ShouldBe("""{"id":"first","data":[]}""");

    [Theory]
    [InlineData("""{"id":"q","columns":[],"data":[[1],[2],[3""", 2)]
    [InlineData("""{"id":"q","data":[""", 0)]
    [InlineData("""{"id":"q","data":[[1]],"stats":{"sta""", 1)]
    public void A_page_broken_off_is_closed_behind_its_last_whole_row(string received, int rows)
    {
        var feeding = PageFeeding.Whole(received);

        var page = feeding.Start(Names) + System.Text.Encoding.UTF8.GetString([.. feeding.Forwarded])
            + PageFeeding.Written(output => PageRewriter.CloseBrokenPage("http://s/n?a=1&b=2", TimeSpan.FromSeconds(2), output));

        var root = JsonDocument.Parse(page).RootElement;
        root.GetProperty("id").GetString().ShouldBe("first");
        root.GetProperty("data").GetArrayLength().ShouldBe(rows);
        root.GetProperty("nextUri").GetString().ShouldBe("http://s/n?a=1&b=2");
        root.GetProperty("stats").GetProperty("state").GetString().ShouldBe("RUNNING");
        root.GetProperty("stats").GetProperty("elapsedTimeMillis").GetInt64().ShouldBe(2000);
    }
}
