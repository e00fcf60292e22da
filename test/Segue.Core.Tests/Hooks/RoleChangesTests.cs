using Segue.Core.Hooks;
using Segue.Core.Model;
using Segue.Core.Tests.Leadership;
using Segue.Core.Tests.Members;
using Segue.Server.Tests;

namespace Segue.Core.Tests.Hooks;

/// <summary>What hooks are told while two coordinators live and die.</summary>
public sealed class RoleChangesTests
{
    private const string Both = "start c1, start c2, wait 1, ";
    private const string Three = "start a, wait 1.5, start b, start c, wait 4";

    [Theory]
    [InlineData(Both + "wait 20",                                        "promoted c1 1")]
    [InlineData(Both + "crash c1, wait 1",                               "promoted c1 1, lost c1 1, promoted c2 2")]
    [InlineData(Both + "restart c1, wait 1",                             "promoted c1 1, lost c1 1, promoted c2 2")]
    [InlineData(Both + "crash c1, wait 1, start c1, wait 5, crash c2, wait 1", "promoted c1 1, lost c1 1, promoted c2 2, lost c2 2, promoted c1 3")]
    // a standby's end is no change of roles, and neither is a move on purpose a loss
    [InlineData(Both + "crash c2, wait 20",                              "promoted c1 1")]
    [InlineData(Both + "remove c1, wait 1",                              "promoted c1 1, promoted c2 2")]
    [InlineData(Both + "crash c2, wait 1, remove c1, crash c1, wait 2",  "promoted c1 1, lost c1 1")]
    // silence is told by its length, and loses nobody the role before it is given up
    [InlineData(Both + "freeze c1, wait 4, thaw c1, wait 1",             "promoted c1 1")]
    [InlineData(Both + "freeze c1, wait 8, thaw c1, wait 1",             "promoted c1 1, held c1 1, released c1 1")]
    [InlineData(Both + "freeze c1, wait 12",                             "promoted c1 1, held c1 1, lost c1 1, promoted c2 2, released c2 2")]
    [InlineData(Both + "freeze c1, wait 12, thaw c1, freeze c2, wait 20", "promoted c1 1, held c1 1, lost c1 1, promoted c2 2, released c2 2, held c2 2")]
    [InlineData(Both + "freeze c1, wait 12, thaw c1, freeze c2, wait 70", "promoted c1 1, held c1 1, lost c1 1, promoted c2 2, released c2 2, held c2 2, lost c2 2, promoted c1 3, released c1 3")]
    // nobody is left
    [InlineData(Both + "crash c2, crash c1, wait 20",                    "promoted c1 1, lost c1 1, held c1 1")]
    [InlineData(Both + "crash c2, crash c1, wait 20, start c2, wait 2",  "promoted c1 1, lost c1 1, held c1 1, promoted c2 2, released c2 2")]
    // one that was given up and goes on as the same process has the role again
    [InlineData(Both + "crash c2, freeze c1, wait 20, thaw c1, wait 1",  "promoted c1 1, held c1 1, lost c1 1, promoted c1 1, released c1 1")]
    [InlineData("wait 20",                                               "held  0")]
    [InlineData("wait 20, start c1, wait 10",                            "held  0, promoted c1 1, released c1 1")]
    public void Each_change_is_told_once(string happens, string told) => Told(null, happens).ShouldBe(told);

    [Theory]
    [InlineData(Both + "wait 20",               "promoted c1 7")]
    [InlineData("start c2, wait 20",            "lost c1 7, promoted c2 8")]
    [InlineData("wait 20",                      "lost c1 7, held c1 7")]
    public void At_a_start_what_stands_is_told_again(string happens, string told) => Told("c1", happens).ShouldBe(told);

    [Theory]
    [InlineData("start a, wait 2",                   "a conductor_gained, a coordinator_promoted c1")]
    // a new epoch because members came is no change of roles; and who comes later makes sure that it is not taken for the conductor
    [InlineData(Three,                               "a conductor_gained, a coordinator_promoted c1, b conductor_lost, c conductor_lost")]
    [InlineData(Three + ", crash c1, wait 1",        "a conductor_gained, a coordinator_promoted c1, b conductor_lost, c conductor_lost, a coordinator_lost c1, a coordinator_promoted c2")]
    [InlineData(Three + ", kill a, wait 5",          "a conductor_gained, a coordinator_promoted c1, b conductor_lost, c conductor_lost, b conductor_gained, b coordinator_promoted c1")]
    [InlineData(Three + ", kill a, crash c1, wait 5", "a conductor_gained, a coordinator_promoted c1, b conductor_lost, c conductor_lost, b conductor_gained, b coordinator_lost c1, b coordinator_promoted c2")]
    [InlineData(Three + ", freeze a, wait 5, thaw a, wait 2", "a conductor_gained, a coordinator_promoted c1, b conductor_lost, c conductor_lost, b conductor_gained, b coordinator_promoted c1, a conductor_lost")]
    [InlineData(Three + ", hide c1 from b, wait 20", "a conductor_gained, a coordinator_promoted c1, b conductor_lost, c conductor_lost")]
    public void Of_several_members_the_conductor_tells(string happens, string told)
    {
        var members = new MemberStory();
        foreach (var line in happens.Split(", "))
            members.Tell(line);
        string.Join(", ", members.Hooks).ShouldBe(told);
    }

    [Fact]
    public void The_documentation_lists_every_event() =>
        Repository.Table("docs/hooks.md", "| key | event | it happens when | run by |").Select(static row => row[1])
            .ShouldBe(Enum.GetValues<HookKind>().Select(static kind => new HookEvent(kind, "main", "", "", 0, "").Name));

    private static string Told(string? stored, string happens)
    {
        var story = new Story(["c1", "c2"], stored is null ? null : new Assignment
        {
            Cluster = "main",
            Epoch = 7,
            Active = $"{stored}:80",
            Phase = AssignmentPhase.Active,
            Reason = "as before",
            At = DateTimeOffset.UnixEpoch,
        });
        foreach (var line in happens.Split(", "))
            story.Tell(line);
        story.Hooks[0].ShouldBe("conductor_gained  0");
        return string.Join(", ", story.Hooks.Skip(1)).Replace("coordinator_", "", StringComparison.Ordinal);
    }
}
