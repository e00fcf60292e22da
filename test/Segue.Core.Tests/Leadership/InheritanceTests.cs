using Segue.Core.Configuration;
using Segue.Core.Failover;
using Segue.Core.Health;
using Segue.Core.Leadership;
using Segue.Core.Model;
using Segue.Core.Recovery.Writes;

namespace Segue.Core.Tests.Leadership;

/// <summary>A Segue that starts behind the death of another: c1 (incarnation aaaaa) was active by epoch 1, c2 is a standby, there is a fence command, and this happens (R8).</summary>
public sealed class InheritanceTests
{
    private static readonly Incarnation Old = new("aaaaa");
    private static readonly ActiveProcess Left = new("c1:80", 1, Old);

    private readonly List<Deposition> _cleaned = [];
    private readonly List<Deposition> _fenced = [];
    private readonly List<ActiveProcess> _kept = [];
    private ConductorState _state = New("c1", "c2");
    private Assignment? _written;

    [Fact]
    public void The_coordinator_died_with_it_so_that_its_proof_is_awaited_and_what_it_left_is_ended_and_fenced_once_another_is_active()
    {
        Starts(Left, Stored("c1", 1));
        Proof().ShouldBe(Gone.Awaited, "from the first moment on: a write that comes now must wait for it");
        See("c1", Condition.Lost);
        _fenced.ShouldBeEmpty("nobody is active yet");
        See("c2", Condition.Healthy, "ccccc");
        MovesOn(closes: 1);
        _state.OpenTo.ShouldBe("c2:80");
        _cleaned.ShouldBe([new Deposition("c1:80", 0, Old, DateTimeOffset.UnixEpoch, 2)]);
        _fenced.ShouldBe(_cleaned);
        _kept.ShouldBe([new ActiveProcess("c2:80", 2, new Incarnation("ccccc"))]);
        Proof().ShouldBe(Gone.Awaited);
        See("c1", Condition.Lost);
        _fenced.Count.ShouldBe(1);
    }

    [Fact]
    public void A_new_process_at_its_address_is_neither_deposed_nor_fenced_though_no_restart_of_it_was_seen()
    {
        The_coordinator_died_with_it_so_that_its_proof_is_awaited_and_what_it_left_is_ended_and_fenced_once_another_is_active();
        See("c1", Condition.Healthy);
        Role().ShouldBe(CoordinatorRole.Fenced, "it has not told who it is");
        See("c1", Condition.Healthy, "bbbbb");
        Role().ShouldBe(CoordinatorRole.Standby);
        Pictures.Routing(_state).Coordinators["c1:80"].Deposed.ShouldBeFalse();
    }

    [Fact]
    public void The_coordinator_lives_so_that_nothing_of_it_is_ended()
    {
        Starts(Left, Stored("c1", 1));
        See("c1", Condition.Healthy, "aaaaa");
        _state.OpenTo.ShouldBe("c1:80");
        (_cleaned.Count, _fenced.Count, _kept.Count).ShouldBe((0, 0, 0));
        See("c2", Condition.Healthy);
        See("c1", Condition.Lost, "aaaaa");
        MovesOn(closes: 1);
        (_cleaned.Count, _fenced.Count).ShouldBe((1, 1));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_new_process_is_active_in_its_place_so_that_the_tasks_of_the_old_one_are_ended_and_nobody_is_fenced(bool tellsAtOnce)
    {
        Starts(Left, Stored("c1", 1));
        if (!tellsAtOnce)
        {
            See("c1", Condition.Healthy);
            _cleaned.ShouldBeEmpty("it may be the old one");
        }
        See("c1", Condition.Healthy, "bbbbb");
        _state.OpenTo.ShouldBe("c1:80");
        _cleaned.ShouldHaveSingleItem().Incarnation.ShouldBe(Old);
        _fenced.ShouldBeEmpty();
        _kept.ShouldBe([new ActiveProcess("c1:80", 1, new Incarnation("bbbbb"))]);
        Role().ShouldBe(CoordinatorRole.Active);
        Proof().ShouldBe(Gone.Unprovable);
    }

    [Fact]
    public void What_answered_without_telling_who_it_is_and_died_then_was_the_old_one_or_came_behind_its_end()
    {
        Starts(Left, Stored("c1", 1));
        See("c2", Condition.Healthy);
        See("c1", Condition.Healthy);
        See("c1", Condition.Lost);
        Proof().ShouldBe(Gone.Awaited);
        MovesOn(closes: 1);
        _cleaned[^1].Incarnation.ShouldBe(Old);
        _fenced.ShouldHaveSingleItem();
    }

    /// <summary>It died in the middle of a change: that its coordinator was left is written, and what was done about that is not known.</summary>
    [Theory]
    [InlineData(false, Condition.Lost, null, 1)]
    [InlineData(false, Condition.Lost, "aaaaa", 1)]
    [InlineData(false, Condition.Healthy, "aaaaa", 0)]
    [InlineData(true,  Condition.Lost, null, 0)]
    public void A_change_that_was_under_way_is_finished_for_the_one_that_was_left_unless_it_lives_or_was_left_on_purpose(bool planned, Condition condition, string? incarnation, int ended)
    {
        Starts(Left, Stored("c2", 2) with { Phase = AssignmentPhase.Proposed, Planned = planned });
        See("c2", Condition.Healthy, "ccccc");
        See("c1", condition, incarnation);
        (_cleaned.Count, _fenced.Count).ShouldBe((ended, ended));
        _kept.ShouldHaveSingleItem().ShouldBe(new ActiveProcess("c2:80", 2, new Incarnation("ccccc")));
    }

    [Fact]
    public void One_that_was_taken_out_of_the_configuration_meanwhile_is_left_alone()
    {
        _state = New("c2");
        Starts(Left, Stored("c1", 1));
        See("c2", Condition.Healthy, "ccccc");
        MovesOn(closes: 1);
        (_cleaned.Count, _fenced.Count).ShouldBe((0, 0));
        _kept.ShouldHaveSingleItem().Coordinator.ShouldBe("c2:80");
    }

    [Fact]
    public void A_fence_command_that_was_begun_before_is_not_begun_again_and_proves_nothing()
    {
        Tell(new ConductorInput.FencesRead([new BegunFence("c1:80", Old, FenceEnd.Unknown)]));
        Starts(Left, Stored("c1", 1));
        Proof().ShouldBe(Gone.Unprovable);
        See("c1", Condition.Lost);
        See("c2", Condition.Healthy);
        MovesOn(closes: 1);
        _cleaned.ShouldHaveSingleItem();
        _fenced.ShouldBeEmpty();
    }

    private void Starts(ActiveProcess left, Assignment stored)
    {
        Tell(new ConductorInput.ProcessRead(left));
        foreach (var coordinator in _state.Config.Coordinators)
            Tell(new ConductorInput.Observed(HealthState.First(coordinator.Name, false, default)));
        Tell(new ConductorInput.Read(stored));
    }

    private void MovesOn(long closes)
    {
        Tell(new ConductorInput.WriteConfirmed(_written!));
        Tell(new ConductorInput.EpochClosed(closes));
    }

    private Gone Proof() => Pictures.Routing(_state).Coordinators["c1:80"].ProofOf(Old).Gone;

    private CoordinatorRole Role() => Pictures.Routing(_state).Coordinators["c1:80"].Role;

    private void See(string name, Condition condition, string? incarnation = null) => Tell(new ConductorInput.Observed(HealthState.First($"{name}:80", false, default) with
    {
        Condition = condition,
        Evidence = condition == Condition.Lost ? Evidence.Refused : Evidence.Healthy,
        Phrase = condition == Condition.Lost ? "refuses connections" : "is healthy",
        Incarnation = incarnation is null ? null : new Incarnation(incarnation),
        Info = condition == Condition.Lost ? null : new NodeInfo { Version = "1", Environment = "test", Coordinator = true, Starting = false },
    }));

    private void Tell(ConductorInput input)
    {
        var step = Conductor.Step(_state, input, new Moment(new Instant(TimeSpan.FromMinutes(5)), DateTimeOffset.UnixEpoch));
        _state = step.State;
        foreach (var effect in step.Effects)
        {
            if (effect is ConductorEffect.WriteAssignment(var assignment))
                _written = assignment;
            else if (effect is ConductorEffect.CleanUp(var cleaned))
                _cleaned.Add(cleaned);
            else if (effect is ConductorEffect.Fence(var fenced))
                _fenced.Add(fenced);
            else if (effect is ConductorEffect.KeepProcess(var process))
                _kept.Add(process);
        }
    }

    private static Assignment Stored(string active, long epoch) =>
        new() { Cluster = "main", Epoch = epoch, Active = $"{active}:80", Phase = AssignmentPhase.Active, Reason = "as before", At = DateTimeOffset.UnixEpoch };

    private static ConductorState New(params string[] names) => new()
    {
        Config = new ClusterConfig
        {
            Name = "main",
            Engine = EngineKind.Presto,
            Coordinators = [.. names.Select(name => new CoordinatorConfig { Url = new Endpoint("http", name, 80) })],
            Fence = new CommandConfig { Command = ["/bin/fence"] },
        },
    };
}
