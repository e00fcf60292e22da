using Segue.Core.Model;

namespace Segue.Core.Tests.Leadership;

public sealed class ConductorStories
{
    private const string Both = "start c1, start c2, wait 1, ";

    /// <summary>What happens; who is open to statements at the end, by which epoch; the decisions on the way; who is cleaned up.</summary>
    public static TheoryData<string, string?, long, string, string> Stories => new()
    {
        { Both + "wait 5",                                                    "c1", 1, "Chosen", "" },
        { Both + "crash c1, wait 1",                                          "c2", 2, "Chosen Failover", "c1" },
        { Both + "crash c2, wait 20",                                         "c1", 1, "Chosen", "" },
        { Both + "fin c1, wait 20",                                           "c1", 1, "Chosen", "" },
        { Both + "freeze c1, wait 2",                                         null, 1, "Chosen Holding", "" },
        { Both + "freeze c1, wait 5, thaw c1, wait 1",                        "c1", 1, "Chosen Holding Released", "" },
        { Both + "freeze c1, wait 12",                                        "c2", 2, "Chosen Holding Failover", "c1" },
        { Both + "freeze c1, wait 12, thaw c1, wait 20",                      "c2", 2, "Chosen Holding Failover", "c1" },
        { Both + "crash c1, wait 1, start c1, wait 90",                       "c2", 2, "Chosen Failover", "c1" },
        { Both + "crash c1, wait 1, start c1, wait 5, crash c2, wait 1",      "c1", 3, "Chosen Failover", "c1 c2" },
        { Both + "wait 5, restart c1, wait 1",                                "c2", 2, "Chosen Failover", "c1" },
        { Both + "crash c2, crash c1, wait 5",                                null, 1, "Chosen Holding", "" },
        { Both + "crash c2, crash c1, wait 5, start c1, wait 2",              "c1", 2, "Chosen Holding Failover", "c1" },
        { Both + "crash c2, crash c1, wait 5, start c2, wait 2",              "c2", 2, "Chosen Holding Failover", "c1" },
        // a second switch for slowness within the gap is refused, and made after it
        { Both + "freeze c1, wait 12, thaw c1, freeze c2, wait 20",           null, 2, "Chosen Holding Failover Holding SwitchRefused", "c1" },
        { Both + "freeze c1, wait 12, thaw c1, freeze c2, wait 70",           "c1", 3, "Chosen Holding Failover Holding SwitchRefused Failover", "c1 c2" },
        // an end that is seen is no slowness
        { Both + "freeze c1, wait 12, thaw c1, wait 1, crash c2, wait 1",     "c1", 3, "Chosen Holding Failover", "c1 c2" },
    };

    [Theory]
    [MemberData(nameof(Stories))]
    public void Two_coordinators(string happens, string? open, long epoch, string decisions, string cleaned) =>
        Ends(new Story(["c1", "c2"], null), happens, open, epoch, decisions, cleaned);

    [Theory]
    [InlineData("start c1, wait 1",                                       "c1", 1, "Chosen",                          "")]
    [InlineData("start c1, wait 1, crash c1, wait 2",                     null, 1, "Chosen Holding",                  "")]
    [InlineData("start c1, wait 1, crash c1, wait 2, start c1, wait 2",   "c1", 2, "Chosen Holding Failover",         "c1")]
    [InlineData("start c1, wait 5, restart c1, wait 1",                   "c1", 2, "Chosen Failover",                 "c1")]
    [InlineData("start c1, wait 1, freeze c1, wait 60, thaw c1, wait 1",  "c1", 1, "Chosen Holding Released",         "")]
    public void One_coordinator(string happens, string? open, long epoch, string decisions, string cleaned) =>
        Ends(new Story(["c1"], null), happens, open, epoch, decisions, cleaned);

    [Theory]
    // the active one is moved away from on purpose: nothing of it is ended
    [InlineData(Both + "remove c1, wait 1",                                  "c2", 2, "Chosen Removed Moved",            "")]
    [InlineData(Both + "remove c1, wait 1, crash c1, wait 1, start c1, wait 9", "c2", 2, "Chosen Removed Moved",         "")]
    [InlineData(Both + "remove c1, wait 1, add c1, wait 5, crash c2, wait 1", "c1", 3, "Chosen Removed Moved Added Failover", "c2")]
    [InlineData(Both + "remove c2, wait 5",                                  "c1", 1, "Chosen Removed",                  "")]
    [InlineData(Both + "remove c2, crash c1, wait 2",                        null, 1, "Chosen Removed Holding",          "")]
    // with nobody to move to it goes on, and is given up only when it is lost
    [InlineData(Both + "crash c2, wait 1, remove c1, wait 5",                "c1", 1, "Chosen Removed",                  "")]
    [InlineData(Both + "crash c2, wait 1, remove c1, wait 5, start c2, wait 1", "c2", 2, "Chosen Removed Moved",         "")]
    [InlineData(Both + "crash c2, wait 1, remove c1, crash c1, wait 2",      null, 1, "Chosen Removed Holding",          "")]
    [InlineData(Both + "crash c2, wait 1, remove c1, crash c1, wait 2, start c1, wait 5", null, 1, "Chosen Removed Holding", "")]
    public void What_runs_on_a_coordinator_that_is_taken_out_goes_on(string happens, string? open, long epoch, string decisions, string cleaned) =>
        Ends(new Story(["c1", "c2"], null), happens, open, epoch, decisions, cleaned);

    [Theory]
    [InlineData("start c1, start c2, wait 1", "c2", 7, "Resumed")]
    [InlineData("start c2, wait 1",           "c2", 7, "Resumed")]
    [InlineData("start c1, wait 2",           "c1", 8, "Failover")]
    public void A_member_that_starts_again_keeps_the_stored_coordinator_while_it_lives(string happens, string open, long epoch, string decisions) =>
        Ends(new Story(["c1", "c2"], Stored("c2:80", 7)), happens, open, epoch, decisions, "");

    [Fact]
    public void A_store_that_refuses_the_proposal_lets_nobody_take_over_until_it_accepts_one()
    {
        var story = new Story(["c1", "c2"], null);
        Tell(story, Both + "store refuses, crash c1, wait 5");
        story.OpenTo.ShouldBeNull();
        story.Epoch.ShouldBe(1);
        story.Announced.ShouldContain(EventKinds.NotConfirmed);
        Tell(story, "store accepts, wait 1");
        story.OpenTo.ShouldBe("c2");
        story.Epoch.ShouldBeGreaterThan(2, "an epoch that was tried is not used again");
    }

    private static void Ends(Story story, string happens, string? open, long epoch, string decisions, string cleaned)
    {
        Tell(story, happens);
        story.OpenTo.ShouldBe(open);
        story.Epoch.ShouldBe(epoch);
        // before the first answer everything is held
        string.Join(' ', story.Announced.SkipWhile(kind => kind == EventKinds.Holding)).ShouldBe(decisions);
        string.Join(' ', story.Cleaned).ShouldBe(cleaned);
    }

    private static void Tell(Story story, string happens)
    {
        foreach (var line in happens.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
            story.Tell(line);
    }

    private static Assignment Stored(string active, long epoch) => new()
    {
        Cluster = "main",
        Epoch = epoch,
        Active = active,
        Phase = AssignmentPhase.Active,
        Reason = "as before",
        At = DateTimeOffset.UnixEpoch,
    };
}
