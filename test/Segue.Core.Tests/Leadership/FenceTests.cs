using Segue.Core.Configuration;
using Segue.Core.Failover;
using Segue.Core.Health;
using Segue.Core.Leadership;
using Segue.Core.Model;
using Segue.Core.Recovery.Writes;

namespace Segue.Core.Tests.Leadership;

/// <summary>The operator's fence command (R8.2): c1 (incarnation aaaaa) is active, c2 is a standby, and this happens.</summary>
public sealed class FenceTests
{
    private static readonly Incarnation Old = new("aaaaa");

    private readonly List<string> _announced = [];
    private int _fences;
    private ConductorState _state = Steady(["/bin/fence"]);
    private Assignment? _lastWritten;

    [Fact]
    public void It_is_asked_for_once_when_the_role_was_taken_from_a_lost_coordinator()
    {
        MovesToC2();
        _fences.ShouldBe(1);
        Tell(new ConductorInput.Observed(Seen("c1", Condition.Lost)));
        _fences.ShouldBe(1);
    }

    [Fact]
    public void Without_a_command_or_an_incarnation_to_name_or_with_a_new_process_there_already_it_is_not()
    {
        _state = Steady([]);
        MovesToC2();
        _fences.ShouldBe(0);
        _state = Steady(["/bin/fence"]) with { ActiveIncarnation = null };
        MovesToC2(Seen("c1", Condition.Lost) with { Incarnation = null });
        _fences.ShouldBe(0);
        _state = Steady(["/bin/fence"]);
        MovesToC2(Seen("c1", Condition.Lost) with { Generation = 1 });
        _fences.ShouldBe(0);
    }

    /// <summary>How it ends, whether the process it was for may lead again when it answers, and whether a new process may.</summary>
    [Theory]
    [InlineData(null,                 false, true)]
    [InlineData(FenceEnd.Unknown,     false, true)]
    [InlineData(FenceEnd.Failed,      true,  true)]
    [InlineData(FenceEnd.Succeeded,   true,  true)]
    public void Until_it_is_known_to_have_ended_its_coordinator_is_fenced(FenceEnd? end, bool same, bool next)
    {
        MovesToC2();
        if (end is { } ended)
            Tell(new ConductorInput.FenceEnded("c1:80", Old, ended, "it ended"));
        _announced.Count(static kind => kind is EventKinds.Fenced or EventKinds.FenceFailed).ShouldBe(end is null ? 0 : 1);
        Tell(new ConductorInput.Observed(Seen("c1", Condition.Healthy)));
        (Candidates.Objection(_state, _state.Health["c1:80"]) is null).ShouldBe(same);
        if (!same)
            Pictures.Routing(_state).Coordinators["c1:80"].Role.ShouldBe(CoordinatorRole.Fenced);
        Tell(new ConductorInput.Observed(Seen("c1", Condition.Healthy) with { Generation = 1, Incarnation = null }));
        (Candidates.Objection(_state, _state.Health["c1:80"]) is null).ShouldBe(next);
    }

    [Fact]
    public void One_that_was_begun_by_the_process_before_concerns_the_incarnation_it_names_and_one_that_has_told_no_name()
    {
        Tell(new ConductorInput.FencesRead([new BegunFence("c2:80", Old, FenceEnd.Unknown)]));
        foreach (var (incarnation, free) in (ReadOnlySpan<(string?, bool)>)[(null, false), ("aaaaa", false), ("bbbbb", true)])
        {
            Tell(new ConductorInput.Observed(Seen("c2", Condition.Healthy) with { Incarnation = incarnation is null ? null : new Incarnation(incarnation) }));
            (Candidates.Objection(_state, _state.Health["c2:80"]) is null).ShouldBe(free, incarnation);
        }
    }

    [Fact]
    public void A_proof_is_awaited_from_the_loss_on_and_no_longer_once_the_command_failed()
    {
        Tell(new ConductorInput.Observed(Seen("c1", Condition.Lost)));
        Proof().ShouldBe(Gone.Awaited, "the command will run when another one is active");
        MovesToC2();
        Proof().ShouldBe(Gone.Awaited);
        Tell(new ConductorInput.FenceEnded("c1:80", Old, FenceEnd.Failed, "it failed"));
        Proof().ShouldBe(Gone.Unprovable);
    }

    private Gone Proof() => Pictures.Routing(_state).Coordinators["c1:80"].ProofOf(Old).Gone;

    private void MovesToC2(HealthState? lost = null)
    {
        Tell(new ConductorInput.Observed(lost ?? Seen("c1", Condition.Lost)));
        Tell(new ConductorInput.WriteConfirmed(_lastWritten!));
        Tell(new ConductorInput.EpochClosed(1));
        _state.OpenTo.ShouldBe("c2:80");
    }

    private void Tell(ConductorInput input)
    {
        var step = Conductor.Step(_state, input, new Moment(new Instant(TimeSpan.FromMinutes(5)), DateTimeOffset.UnixEpoch));
        _state = step.State;
        foreach (var effect in step.Effects)
        {
            if (effect is ConductorEffect.WriteAssignment(var assignment))
                _lastWritten = assignment;
            else if (effect is ConductorEffect.Fence)
                _fences++;
            else if (effect is ConductorEffect.Announce(var kind, _, _, _))
                _announced.Add(kind);
        }
    }

    private static ConductorState Steady(string[] command)
    {
        var state = new ConductorState
        {
            Config = new ClusterConfig
            {
                Name = "main",
                Engine = EngineKind.Presto,
                Coordinators = [.. new[] { "c1", "c2" }.Select(name => new CoordinatorConfig { Url = new Endpoint("http", name, 80) })],
                Fence = new CommandConfig { Command = [.. command] },
            },
        };
        var stored = new Assignment { Cluster = "main", Epoch = 1, Active = "c1:80", Phase = AssignmentPhase.Active, Reason = "as before", At = DateTimeOffset.UnixEpoch };
        foreach (var input in (ConductorInput[])
            [new ConductorInput.Read(stored), new ConductorInput.Observed(Seen("c1", Condition.Healthy)), new ConductorInput.Observed(Seen("c2", Condition.Healthy))])
            state = Conductor.Step(state, input, new Moment(new Instant(TimeSpan.FromMinutes(5)), DateTimeOffset.UnixEpoch)).State;
        return state;
    }

    private static HealthState Seen(string name, Condition condition) => HealthState.First($"{name}:80", false, default) with
    {
        Condition = condition,
        Evidence = condition == Condition.Lost ? Evidence.Unreachable : Evidence.Healthy,
        Phrase = condition == Condition.Lost ? "cannot be reached" : "is healthy",
        Incarnation = name == "c1" ? Old : null,
        Info = new NodeInfo { Version = "1", Environment = "test", Coordinator = true, Starting = false },
    };
}
