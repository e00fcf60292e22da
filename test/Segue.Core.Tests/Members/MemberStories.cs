using System.Globalization;

namespace Segue.Core.Tests.Members;

/// <summary>Several members, one truth: what each routes by while this happens (I2, I3, R1, R2.1).</summary>
public sealed class MemberStories
{
    private const string Three = "start a, wait 1.5, start b, start c, wait 4";

    [Theory]
    [InlineData("one member becomes the conductor and chooses", "start a, wait 2", "a", "a:c1")]
    [InlineData("those who come later route by what is in force, and are in its list soon", Three, "a", "a:c1 b:c1 c:c1")]
    [InlineData("a crash moves all", Three + ", crash c1, wait 1", "a", "a:c2 b:c2 c:c2")]
    [InlineData("a crash of the conductor too", Three + ", kill a, crash c1, wait 5", "b", "b:c2 c:c2")]
    [InlineData("a killed member holds nobody up for longer than its session", Three + ", kill b, crash c1, wait 4", "a", "a:c2 c:c2")]
    [InlineData("a frozen conductor is replaced, and follows when it thaws", Three + ", freeze a, wait 5, thaw a, wait 2", "b", "a:c1 b:c1 c:c1")]
    [InlineData("with the store away all stay", Three + ", store away, wait 60", "", "a:c1 b:c1 c:c1")]
    [InlineData("and nobody fails over", Three + ", store away, wait 10, crash c1, wait 10", "", "a:- b:- c:-")]
    [InlineData("until it is back", Three + ", store away, wait 10, crash c1, wait 10, store back, wait 7", "a", "a:c2 b:c2 c:c2")]
    [InlineData("one that is cut off alone stops, and the others go on", Three + ", cut c off, wait 6", "a", "a:c1 b:c1 c:-")]
    [InlineData("and may fail over without it", Three + ", cut c off, wait 6, crash c1, wait 2", "a", "a:c2 b:c2 c:-")]
    [InlineData("who alone cannot reach a coordinator holds, and nobody fails over", Three + ", hide c1 from b, wait 20", "a", "a:c1 b:- c:c1")]
    [InlineData("also where it is the conductor", Three + ", hide c1 from a, wait 20", "a", "a:- b:c1 c:c1")]
    [InlineData("what none reaches is lost", Three + ", hide c1 from abc, wait 5", "a", "a:c2 b:c2 c:c2")]
    [InlineData("all stop and start again", Three + ", kill a, kill b, kill c, wait 4, start a, wait 4, start b, start c, wait 4", "a", "a:c1 b:c1 c:c1")]
    [InlineData("who does not know the only one, which was killed, routes by what it stored and waits", "start a, wait 2, kill a, start d, wait 60", "", "d:c1")]
    [InlineData("one that ended is not waited for", "start a, wait 2, end a, start d, wait 3", "d", "d:c1")]
    [InlineData("nor is any of several", Three + ", end a, end b, end c, start d, wait 3", "d", "d:c1")]
    [InlineData("machine after machine is replaced", Three + ", end a, start d, wait 3, end b, start e, wait 3, end c, start f, wait 3, end d, end e, crash c1, wait 2", "f", "f:c2")]
    [InlineData("the conductor goes on from the list without it", Three + ", end b, wait 1, crash c1, wait 1", "a", "a:c2 c:c2")]
    [InlineData("those who are left stay with the store away, as soon as they know", Three + ", end b, wait 0.3, store away, wait 60", "", "a:c1 c:c1")]
    public void Members_agree(string story, string happens, string conductor, string routes)
    {
        var members = new MemberStory();
        foreach (var line in happens.Split(", "))
            members.Tell(line);
        members.Conductor.ShouldBe(conductor, story);
        members.Routes.ShouldBe(routes, story);
    }

    private const string Fenced = Three + ", crash c1, wait 1, revive c1, wait 1";

    [Theory]
    [InlineData("one that runs keeps its coordinator out, whoever decides", Fenced + ", kill a, crash c2, wait 6", "b:- c:-", "a c1 4")]
    [InlineData("one that is known to have failed does not", Fenced + ", fence c1 failed, kill a, crash c2, wait 6", "b:c1 c:c1", "a c1 4, b c2 5")]
    [InlineData("the next conductor runs what the one before did not come to", "fences are lost, " + Fenced + ", kill a, wait 6", "b:c2 c:c2", "a c1 4, b c1 4")]
    [InlineData("and does not run again what that one had begun", Fenced + ", kill a, wait 6", "b:c2 c:c2", "a c1 4")]
    public void Of_fence_commands(string story, string happens, string routes, string fenced)
    {
        var members = new MemberStory(fence: true);
        foreach (var line in happens.Split(", "))
            members.Tell(line);
        members.Routes.ShouldBe(routes, story);
        string.Join(", ", members.Fenced).ShouldBe(fenced, story);
    }

    [Fact]
    public void The_clean_up_of_a_coordinator_goes_on_with_the_next_conductor_and_ends_at_all_when_it_is_chosen_again()
    {
        var members = new MemberStory();
        foreach (var line in (Three + ", crash c1, wait 1, cut a from store, wait 6, revive c1, crash c2, wait 2, mend a, wait 4").Split(", "))
            members.Tell(line);
        members.Routes.ShouldBe("a:c1 b:c1 c:c1");
        var done = members.CleanUps.SkipWhile(static said => said != "a begins c1").ToList();
        done.ShouldContain("b begins c1");
        done.LastIndexOf("a ends c1").ShouldBeGreaterThan(done.LastIndexOf("a begins c1"));
        done.LastIndexOf("b ends c1").ShouldBeGreaterThan(done.LastIndexOf("b begins c1"));
    }

    [Fact]
    public void Late_words_of_a_lease_that_is_gone_end_no_later_one()
    {
        var members = new MemberStory();
        foreach (var line in (Three + ", store away, wait 10, store back, wait 5").Split(", "))
            members.Tell(line);
        members.Said.Where(static said => said.Contains(" Conductor", StringComparison.Ordinal)).ShouldBe(["a ConductorGained", "a ConductorLost", "a ConductorGained"]);
    }

    private const string RestoredAndRestarted = Three + ", store copied, crash c1, wait 1, revive c1, kill a, kill b, kill c, store restored";

    private const string Behind = ", store copied, kill c, wait 6, crash c1, wait 1, revive c1, store away, wait 5, start c, wait 1, store restored, ";

    [Theory]
    [InlineData("all that are started again", RestoredAndRestarted + ", wait 4, start a, start b, start c, wait 6", "a:c2 b:c2 c:c2")]
    [InlineData("who has forgotten hears of it only by the ack of one that came in time", RestoredAndRestarted + ", forget a, mute b, wait 4, start a, wait 2.3, start b, wait 9", "a:c1 b:c1")]
    [InlineData("who has forgotten hears of it only by the ack of one that came at the last moment", RestoredAndRestarted + ", forget a, mute b, wait 4, start a, wait 2.9, start b, wait 9", "a:c1 b:c1")]
    [InlineData("who comes while the others stay with a later one", Three + Behind + "cut a from store, cut b from store, mute a, mute b, store back, wait 1, mend a, mend b, wait 9", "a:c1 b:c1 c:c1")]
    [InlineData("who has heard of a later one", Three + Behind + "store back, wait 9", "a:c2 b:c2 c:c2")]
    public void No_epoch_comes_again_where_the_store_is_restored_from_an_older_copy_and(string story, string happens, string routes)
    {
        var members = new MemberStory();
        foreach (var line in happens.Split(", "))
            members.Tell(line);
        members.Routes.ShouldBe(routes, story);
        var opened = members.Opened.Select(static line => line.Split(' ')).ToList();
        opened.Select(static words => $"{words[1]} {words[2]}").Distinct().GroupBy(static one => one.Split(' ')[0]).ShouldAllBe(static epoch => epoch.Count() == 1, story);
        if (!happens.Contains("forget", StringComparison.Ordinal))
            opened.Select(static words => int.Parse(words[1], CultureInfo.InvariantCulture)).ShouldBeInOrder(SortDirection.Ascending, story);
    }

    [Theory]
    [InlineData("what it is to ack is not in force before it is kept", Three + ", disk b full, crash c1, wait 1", "a:- b:- c:-")]
    [InlineData("its session runs out, and the others go on without it", Three + ", disk b full, crash c1, wait 9", "a:c2 b:- c:c2")]
    [InlineData("also where it is the conductor", Three + ", disk a full, crash c1, wait 12", "a:- b:c2 c:c2")]
    [InlineData("it comes back when it can keep it", Three + ", disk b full, crash c1, wait 9, disk b free, wait 3", "a:c2 b:c2 c:c2")]
    public void A_member_whose_disk_takes_nothing_acks_nothing(string story, string happens, string routes)
    {
        var members = new MemberStory();
        foreach (var line in happens.Split(", "))
            members.Tell(line);
        members.Routes.ShouldBe(routes, story);
        members.Said.Count(static said => said.EndsWith("AckNotKept", StringComparison.Ordinal)).ShouldBe(1, story);
    }

    [Fact]
    public void A_member_that_forgot_what_it_acked_says_so()
    {
        var members = new MemberStory();
        foreach (var line in (Three + ", kill b, forget b, start b, wait 3").Split(", "))
            members.Tell(line);
        members.Said.Where(static said => said.EndsWith("AckForgotten", StringComparison.Ordinal)).ShouldBe(["b AckForgotten"]);
    }

    [Theory]
    [InlineData("all that route", Three, "a b c")]
    [InlineData("also while they hold", Three + ", crash c1, wait 0.2", "a b c")]
    [InlineData("who is cut off says so before it stops", Three + ", cut c off, wait 2.3", "a b", "a:c1 b:c1 c:c1")]
    [InlineData("and after that", Three + ", cut c off, wait 6", "a b", "a:c1 b:c1 c:-")]
    [InlineData("who alone cannot reach the active coordinator says so within a second", Three + ", hide c1 from b, wait 1", "a c")]
    [InlineData("what none reaches is nobody's own trouble", Three + ", hide c1 from abc, wait 5", "a b c")]
    [InlineData("with the store away all stay", Three + ", store away, wait 60", "a b c")]
    public void A_load_balancer_is_told_who_is_fit(string story, string happens, string fit, string? routes = null)
    {
        var members = new MemberStory();
        foreach (var line in happens.Split(", "))
            members.Tell(line);
        members.Fit.ShouldBe(fit, story);
        if (routes is not null)
            members.Routes.ShouldBe(routes, story);
    }
}
