using Segue.Core.Members;

namespace Segue.Core.Tests.Members;

/// <summary>What status says of the members, by any one of them.</summary>
public sealed class MembersPictureTests
{
    private const string Three = "start a, wait 1.5, start b, start c, wait 4";

    [Theory]
    [InlineData(Three, "a", "this member takes the decisions | the store answers | this member may route: its session with the store is valid")]
    [InlineData(Three, "b", "member a0 takes the decisions | the store answers | this member may route: its session with the store is valid")]
    [InlineData(Three + ", store away, wait 10", "b", "who takes the decisions is not known while the store does not answer this member | the store has not answered this member for 9.4 s | this member may route for 2.4 s more, and asks again: all members have agreed to stay with what is in force without the store")]
    [InlineData(Three + ", cut c off, wait 6", "c", "who takes the decisions is not known while the store does not answer this member | the store has not answered this member for 5.4 s | this member may not route: it has no session with the store, and not all members have agreed to stay with what is in force")]
    [InlineData("store away, start a, wait 2", "a", "who takes the decisions is not known while the store does not answer this member | the store has not answered since this member's start 2 s ago | this member may not route: it has no session with the store, and not all members have agreed to stay with what is in force")]
    [InlineData(Three + ", kill a, wait 3.1", "b", "no member takes the decisions now: nobody fails over until one of them has taken the lease | the store answers | this member may route: its session with the store is valid")]
    public void One_sentence_each_of_the_lease_the_store_and_the_right(string happens, string member, string said)
    {
        var picture = Picture(happens, member);
        $"{picture.LeaseSentence} | {picture.StoreSentence} | {picture.RightSentence}".ShouldBe(said);
    }

    [Theory]
    [InlineData(Three, "a", "a*! it goes by epoch 3; it reaches every coordinator | b it goes by epoch 3; it reaches every coordinator | c it goes by epoch 3; it reaches every coordinator")]
    [InlineData(Three, "c", "c* it goes by epoch 3; it reaches every coordinator | a! it goes by epoch 3; it reaches every coordinator | b it goes by epoch 3; it reaches every coordinator")]
    [InlineData(Three + ", hide c1 from b, wait 3", "a", "a*! it goes by epoch 3; it reaches every coordinator | b it goes by epoch 3; it does not reach c1:80 | c it goes by epoch 3; it reaches every coordinator")]
    [InlineData(Three + ", kill c, wait 3.5", "a", "a*! it goes by epoch 3; it reaches every coordinator | b it goes by epoch 3; it reaches every coordinator | c it is one of those who agreed on epoch 3, and its session is over")]
    [InlineData(Three + ", freeze c, wait 2", "a", "a*! it goes by epoch 3; it reaches every coordinator | b it goes by epoch 3; it reaches every coordinator | c it goes by epoch 3; it has not told this member for 1.9 s which coordinators it reaches")]
    public void Each_member_with_what_it_acked_and_reaches(string happens, string member, string said) =>
        string.Join(" | ", Picture(happens, member).Members.Select(static one => $"{one.Name}{(one.IsMe ? "*" : "")}{(one.IsConductor ? "!" : "")} {one.Sentence}")).ShouldBe(said);

    [Theory]
    [InlineData(Three, "a b c")]
    [InlineData("start a, wait 2, start b, wait 0.5", "a")]
    [InlineData("start a, wait 2, start b, wait 4, kill b, wait 3.5", "a b")]
    public void Those_of_the_stored_list_may_stay_without_the_store(string happens, string names) =>
        string.Join(' ', Picture(happens, "a").Members.Where(static one => one.MayStay).Select(static one => one.Name)).ShouldBe(names);

    [Fact]
    public void A_promise_is_shown_by_the_member_that_made_it()
    {
        Picture(Three, "b").PromisedUntil.ShouldBeNull();
        Picture(Three + ", store away, wait 10", "b").PromisedUntil.ShouldNotBeNull();
    }

    [Fact]
    public void One_member_alone_has_none()
    {
        var story = new MemberStory();
        story.Tell("start a");
        MembersPictures.Of(story.StateOf("a") with { Member = null }, story.Now).ShouldBeNull();
    }

    private static MembersPicture Picture(string happens, string member)
    {
        var story = new MemberStory();
        foreach (var line in happens.Split(", "))
            story.Tell(line);
        return MembersPictures.Of(story.StateOf(member), story.Now).ShouldNotBeNull();
    }
}
