using Segue.Core.Hooks;

namespace Segue.Core.Tests.Hooks;

/// <summary>What is told while a command runs, what then waits, and what is left out; by kind, and a number to tell them apart.</summary>
public sealed class HookBacklogTests
{
    [Theory]
    [InlineData("ConductorGained1",                                          "ConductorGained1",                   "")]
    // the last word wins
    [InlineData("ConductorGained1 ConductorLost2",                           "ConductorLost2",                     "ConductorGained1")]
    [InlineData("ConductorLost1 ConductorGained2 ConductorLost3",            "ConductorLost3",                     "ConductorLost1 ConductorGained2")]
    [InlineData("Held1 Released2",                                           "Released2",                          "Held1")]
    [InlineData("Released1 Held2",                                           "Held2",                              "Released1")]
    // a loss is news of its own
    [InlineData("CoordinatorLost1 CoordinatorPromoted2",                     "CoordinatorLost1 CoordinatorPromoted2", "")]
    [InlineData("CoordinatorPromoted1 CoordinatorLost2",                     "CoordinatorLost2",                   "CoordinatorPromoted1")]
    [InlineData("CoordinatorPromoted1 CoordinatorPromoted2",                 "CoordinatorPromoted2",               "CoordinatorPromoted1")]
    [InlineData("CoordinatorLost1 CoordinatorPromoted2 CoordinatorLost3 CoordinatorPromoted4", "CoordinatorLost3 CoordinatorPromoted4", "CoordinatorLost1 CoordinatorPromoted2")]
    public void What_waits_is_the_last_word_of_each_kind(string told, string waits, string leftOut)
    {
        var backlog = HookBacklog.Empty;
        var gone = new List<HookEvent>();
        foreach (var word in told.Split(' '))
        {
            backlog = backlog.Add(new HookEvent(Enum.Parse<HookKind>(word[..^1]), "main", word[^1..], "", 1, "because"), out var left);
            gone.AddRange(left);
        }
        Shown(backlog.Waiting).ShouldBe(waits);
        Shown(gone).ShouldBe(leftOut);

        static string Shown(IEnumerable<HookEvent> events) => string.Join(' ', events.Select(static one => $"{one.Kind}{one.Coordinator}"));
    }
}
