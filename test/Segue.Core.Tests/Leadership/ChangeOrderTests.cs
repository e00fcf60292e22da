using System.Globalization;
using FsCheck;
using FsCheck.Fluent;
using Segue.Core.Configuration;
using Segue.Core.Health;
using Segue.Core.Leadership;
using Segue.Core.Model;

namespace Segue.Core.Tests.Leadership;

/// <summary>The order of a change (R1.2) and its epochs (R1.5): c1 is active by epoch 1, then this happens.</summary>
public sealed class ChangeOrderTests
{
    private static readonly string[] Happenings =
        ["lost c1", "healthy c1", "lost c2", "healthy c2", "confirmed", "refused", "closed", "read before", "read proposed", "read 7", "read 40"];

    private readonly List<string> _done = [];
    private ConductorState _state = Steady();
    private Assignment? _lastWritten;
    private long _highest = 1;

    [Theory]
    // what happens                                           what is then done                                              who gets statements
    [InlineData("lost c1",                                    "write proposed c2 2",                                         null)]
    [InlineData("lost c1, closed",                            "",                                                            null)]
    [InlineData("lost c1, confirmed",                         "close 1",                                                     null)]
    [InlineData("lost c1, confirmed, closed",                 "open c2 2, write active c2 2, clean c1, say Failover",        "c2")]
    [InlineData("lost c1, confirmed, confirmed, closed",      "open c2 2, write active c2 2, clean c1, say Failover",        "c2")]
    [InlineData("lost c1, confirmed, closed, refused",        "",                                                            "c2")]
    // an unknown outcome is read back
    [InlineData("lost c1, refused",                           "read, say NotConfirmed",                                      null)]
    [InlineData("lost c1, refused, read proposed",            "close 1",                                                     null)]
    [InlineData("lost c1, refused, read before",              "write proposed c2 3",                                         null)]
    [InlineData("lost c1, refused, read 7",                   "write proposed c2 8",                                         null)]
    [InlineData("lost c1, refused, read before, refused",     "read",                                                        null)]
    // looked at again before each step
    [InlineData("lost c1, lost c2, confirmed",                "say Holding",                                                 null)]
    [InlineData("lost c1, confirmed, lost c2, closed",        "say Holding",                                                 null)]
    [InlineData("lost c1, healthy c1, refused, read before",  "say Released",                                                "c1")]
    [InlineData("lost c1, confirmed, healthy c1, closed",     "open c2 2, write active c2 2, clean c1, say Failover",        "c2")]
    public void A_change_goes_step_by_step(string happens, string done, string? open)
    {
        foreach (var happening in happens.Split(", "))
        {
            _done.Clear();
            Happens(happening);
        }
        string.Join(", ", _done.Order(StringComparer.Ordinal).OrderBy(effect => effect.StartsWith("say", StringComparison.Ordinal))).ShouldBe(
            string.Join(", ", done.Split(", ").Order(StringComparer.Ordinal).OrderBy(effect => effect.StartsWith("say", StringComparison.Ordinal))));
        _state.OpenTo?.Split(':')[0].ShouldBe(open);
        (_state.OpenTo is null).ShouldBe(open is null);
    }

    [Fact]
    public void The_new_epoch_opens_before_it_is_written_as_active_and_cleaning_comes_last()
    {
        foreach (var happening in (string[])["lost c1", "confirmed", "closed"])
            Happens(happening);
        _done.ShouldBe(["write proposed c2 2", "close 1", "say Failover", "open c2 2", "write active c2 2", "clean c1"]);
    }

    [Fact]
    public void No_epoch_is_proposed_twice_or_opened_unconfirmed_in_any_order_of_answers() =>
        Prop.ForAll(Gen.Elements(Happenings).ArrayOf(60).ToArbitrary(), happenings => new ChangeOrderTests().Holds(happenings)).QuickCheckThrowOnFailure();

    private void Holds(string[] happenings)
    {
        var confirmed = false;
        var closed = false;
        foreach (var happening in happenings)
        {
            _done.Clear();
            var (before, highest) = (_state, _highest);
            Happens(happening);
            confirmed |= before.Phase == ConductorPhase.Proposing && happening is "confirmed" or "read proposed";
            closed = before.Gate == GatePosition.Closed || before.Gate == GatePosition.Closing && happening == "closed";
            foreach (var effect in _done)
            {
                if (effect.StartsWith("write proposed", StringComparison.Ordinal))
                {
                    Epoch(effect).ShouldBeGreaterThan(highest, "R1.5");
                    (_highest, confirmed) = (Epoch(effect), false);
                }
                else if (effect.StartsWith("open", StringComparison.Ordinal))
                    (confirmed && closed).ShouldBeTrue($"R1.2: {effect} after {happening}");
            }
        }

        static long Epoch(string effect) => long.Parse(effect.Split(' ')[^1], CultureInfo.InvariantCulture);
    }

    private void Happens(string happening)
    {
        var words = happening.Split(' ');
        Tell(words switch
        {
            ["lost", var name] => new ConductorInput.Observed(Seen(name, Condition.Lost)),
            ["healthy", var name] => new ConductorInput.Observed(Seen(name, Condition.Healthy)),
            ["confirmed"] => new ConductorInput.WriteConfirmed(_lastWritten ?? Stored(1)),
            ["refused"] => new ConductorInput.WriteFailed(_lastWritten ?? Stored(1), "disk full"),
            ["closed"] => new ConductorInput.EpochClosed(_state.Assignment!.Epoch),
            ["read", "before"] => new ConductorInput.Read(Stored(1)),
            ["read", "proposed"] => new ConductorInput.Read(_lastWritten ?? Stored(1)),
            ["read", var epoch] => new ConductorInput.Read(Stored(long.Parse(epoch, CultureInfo.InvariantCulture))),
            _ => throw new ArgumentException($"no such happening: {happening}", nameof(happening)),
        });
        if (words is ["read", var known] && long.TryParse(known, CultureInfo.InvariantCulture, out var number))
            _highest = Math.Max(_highest, number);
    }

    private void Tell(ConductorInput input)
    {
        var step = Conductor.Step(_state, input, new Moment(new Instant(TimeSpan.FromMinutes(5)), DateTimeOffset.UnixEpoch));
        _state = step.State;
        foreach (var effect in step.Effects)
        {
            if (effect is ConductorEffect.WriteAssignment(var assignment))
                _lastWritten = assignment;
            if (Word(effect) is { } word)
                _done.Add(word);
        }
    }

    private static string? Word(ConductorEffect effect) => effect switch
    {
        ConductorEffect.WriteAssignment(var assignment) => $"write {assignment.Phase.ToString().ToLowerInvariant()} {assignment.Active.Split(':')[0]} {assignment.Epoch}",
        ConductorEffect.ReadAssignment => "read",
        ConductorEffect.CloseEpoch(var epoch, _) => $"close {epoch}",
        ConductorEffect.OpenEpoch(var epoch, var coordinator) => $"open {coordinator.Split(':')[0]} {epoch}",
        ConductorEffect.CleanUp(var deposition) => $"clean {deposition.Coordinator.Split(':')[0]}",
        ConductorEffect.Announce(var kind, _, _, _) => $"say {kind}",
        ConductorEffect.StopCleanUp or ConductorEffect.Timed => null,
        _ => throw new ArgumentException($"no such effect: {effect}", nameof(effect)),
    };

    private static ConductorState Steady()
    {
        var config = new ClusterConfig
        {
            Name = "main",
            Engine = EngineKind.Presto,
            Coordinators = [.. new[] { "c1", "c2" }.Select(name => new CoordinatorConfig { Url = new Endpoint("http", name, 80) })],
        };
        var state = new ConductorState { Config = config };
        foreach (var input in (ConductorInput[])
            [new ConductorInput.Read(Stored(1)), new ConductorInput.Observed(Seen("c1", Condition.Healthy)), new ConductorInput.Observed(Seen("c2", Condition.Healthy))])
            state = Conductor.Step(state, input, new Moment(new Instant(TimeSpan.FromMinutes(5)), DateTimeOffset.UnixEpoch)).State;
        return state;
    }

    private static HealthState Seen(string name, Condition condition) => HealthState.First($"{name}:80", false, default) with
    {
        Condition = condition,
        Evidence = condition == Condition.Lost ? Evidence.Refused : Evidence.Healthy,
        Phrase = condition == Condition.Lost ? "refuses connections" : "is healthy",
        Dead = condition == Condition.Lost,
        Info = new NodeInfo { Version = "1", Environment = "test", Coordinator = true, Starting = false },
    };

    private static Assignment Stored(long epoch) => new()
    {
        Cluster = "main",
        Epoch = epoch,
        Active = "c1:80",
        Phase = AssignmentPhase.Active,
        Reason = "as before",
        At = DateTimeOffset.UnixEpoch,
    };
}
