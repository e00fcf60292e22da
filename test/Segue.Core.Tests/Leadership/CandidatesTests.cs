using System.Globalization;
using Segue.Core.Configuration;
using Segue.Core.Failover;
using Segue.Core.Health;
using Segue.Core.Leadership;
using Segue.Core.Model;

namespace Segue.Core.Tests.Leadership;

/// <summary>Who takes over from c1, which is of version 1, environment prod, and saw 4 workers (R2.3).</summary>
public sealed class CandidatesTests
{
    [Theory]
    // c2                                   c3                                   who is chosen
    [InlineData("",                         "",                                  "c2")]
    [InlineData("lost",                     "",                                  "c3")]
    [InlineData("unfit",                    "",                                  "c3")]
    [InlineData("suspect",                  "",                                  "c3")]
    [InlineData("lost",                     "lost",                              null)]
    // workers and canary rank
    [InlineData("workers=3",                "workers=4",                         "c3")]
    [InlineData("workers=4",                "workers=9",                         "c2")]
    [InlineData("workers=4 failed",         "workers=4 canary",                  "c3")]
    [InlineData("workers=4",                "workers=4 canary",                  "c3")]
    [InlineData("workers=4 failed",         "workers=2 canary",                  "c2")]
    [InlineData("",                         "workers=1 failed",                  "c3")]
    // and exclude nobody
    [InlineData("workers=0 failed",         "lost",                              "c2")]
    // environment and version exclude
    [InlineData("env=test",                 "",                                  "c3")]
    [InlineData("env=test",                 "env=test",                          null)]
    [InlineData("version=2",                "",                                  "c3")]
    [InlineData("version=2 workers=0",      "lost",                              null)]
    [InlineData("version=2 workers=3",      "lost",                              "c2")]
    // and so does another engine
    [InlineData("version=483 workers=4",    "",                                  "c3")]
    // one that lost the role and still lives comes last
    [InlineData("workers=4 deposed",        "workers=1",                         "c3")]
    [InlineData("workers=4 deposed",        "lost",                              "c2")]
    // two addresses of one process
    [InlineData("incarnation=aaaaa",        "workers=4 incarnation=aaaaa",       "c2")]
    [InlineData("lost incarnation=aaaaa",   "incarnation=aaaaa",                 "c3")]
    public void The_best_one_that_is_ready_is_chosen(string second, string third, string? chosen) =>
        (Candidates.Best(State(StandbyMode.Warm, second, third), "c1:80")?.Name).ShouldBe(chosen is null ? null : $"{chosen}:80");

    [Theory]
    [InlineData("", "lost", "lost")]
    [InlineData("c2:80 is of environment 'test', not 'prod'", "env=test", "")]
    [InlineData("c2:80 is of version 2, not 1", "version=2", "")]
    [InlineData("c2:80 is Trino 483, and the configuration says that the engine is Presto", "version=483", "")]
    [InlineData("c3:80 is the same process as c2:80: two addresses of one coordinator are configured", "incarnation=aaaaa", "incarnation=aaaaa")]
    public void What_speaks_against_one_is_said(string says, string second, string third) =>
        Candidates.Objections(State(StandbyMode.Warm, second, third), "c1:80").ShouldContain(says);

    [Theory]
    [InlineData("c2", "c3")]
    [InlineData("c3", "c2")]
    public void Two_addresses_of_one_process_are_told_once_whichever_is_known_last(string first, string second)
    {
        var state = State(StandbyMode.Warm, "", "");
        var told = new List<string>();
        foreach (var name in (string[])[first, second, first, second])
        {
            var step = Conductor.Step(state, new ConductorInput.Observed(Seen(name, "incarnation=aaaaa")), default);
            state = step.State;
            told.AddRange(step.Effects.OfType<ConductorEffect.Announce>().Where(said => said.Kind == EventKinds.Duplicate).Select(said => said.Sentence));
        }
        told.ShouldBe(["c3:80 is the same process as c2:80: two addresses of one coordinator are configured"]);
    }

    [Fact]
    public void Where_standbys_are_isolated_nobody_is_ranked_by_workers() =>
        Candidates.Best(State(StandbyMode.Isolated, "workers=0", "workers=4 canary"), "c1:80")!.Name.ShouldBe("c2:80");

    private static ConductorState State(StandbyMode standby, string second, string third)
    {
        var health = new[] { Seen("c1", "lost workers=4"), Seen("c2", second), Seen("c3", third) };
        return new ConductorState
        {
            Config = new ClusterConfig
            {
                Name = "main",
                Engine = EngineKind.Presto,
                Coordinators = [.. health.Select(one => new CoordinatorConfig { Url = new Endpoint("http", one.Name[..2], 80) })],
                Discovery = new DiscoveryConfig { Standby = standby },
            },
            Assignment = new Assignment { Cluster = "main", Epoch = 1, Active = "c1:80", Phase = AssignmentPhase.Active, Reason = "", At = default },
            Reference = health[0].Info,
            Health = System.Collections.Immutable.ImmutableDictionary.CreateRange(health.Select(one => KeyValuePair.Create(one.Name, one))),
            Deposed = System.Collections.Immutable.ImmutableDictionary.CreateRange(new[] { second, third }
                .Select((words, index) => (words, name: $"c{index + 2}:80"))
                .Where(one => one.words.Contains("deposed", StringComparison.Ordinal))
                .Select(one => KeyValuePair.Create(one.name, new Deposition(one.name, 0, null, default, 1)))),
        };
    }

    private static HealthState Seen(string name, string words)
    {
        var state = HealthState.First($"{name}:80", false, default) with
        {
            Condition = Condition.Healthy,
            Evidence = Evidence.Healthy,
            Info = new NodeInfo { Version = "1", Environment = "prod", Coordinator = true, Starting = false },
        };
        foreach (var word in words.Split(' ', StringSplitOptions.RemoveEmptyEntries))
        {
            state = word.Split('=') switch
            {
                ["lost"] => state with { Condition = Condition.Lost },
                ["unfit"] => state with { Condition = Condition.Unfit },
                ["suspect"] => state with { Condition = Condition.Suspect },
                ["canary"] => state with { LastCanary = new CanaryOutcome(default, true, TimeSpan.Zero, "") },
                ["failed"] => state with { LastCanary = new CanaryOutcome(default, false, TimeSpan.Zero, "") },
                ["workers", var count] => state with { WorkersSeen = int.Parse(count, CultureInfo.InvariantCulture) },
                ["env", var environment] => state with { Info = state.Info! with { Environment = environment } },
                ["version", var version] => state with { Info = state.Info! with { Version = version } },
                ["incarnation", var incarnation] => state with { Incarnation = new Incarnation(incarnation) },
                ["deposed"] => state,
                _ => throw new ArgumentException($"no such word: {word}", nameof(words)),
            };
        }
        return state;
    }
}
