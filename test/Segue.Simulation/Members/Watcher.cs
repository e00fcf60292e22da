using Segue.Core.Health;
using Segue.Core.Model;
using Segue.Simulation.Bugs;
using Segue.Simulation.Engines;
using Segue.Simulation.World;

namespace Segue.Simulation.Members;

/// <summary>One member's eyes on one coordinator: the probe, the tripwire and the canary.</summary>
internal sealed class Watcher(SimMember member, Coordinator coordinator)
{
    private static readonly TimeSpan RewireAfter = Time.Milliseconds(200);

    private readonly List<Action<bool>> _asked = [];
    private bool _probing;
    private bool _wired;
    private bool _wiring;
    private bool _stopped;

    public string Name => coordinator.Name;

    public Coordinator Coordinator => coordinator;

    /// <summary>When it was asked, in global time, what it answered last, and who did; for checkers.</summary>
    public (long AskedAt, Incarnation By)? Answered { get; private set; }

    public void Start()
    {
        Probe();
        Wire();
        member.Every(member.Config.Health.ProbeInterval, Probe);
        member.Every(RewireAfter, Wire);
    }

    /// <summary>What it still hears counts no more.</summary>
    public void Stop() => _stopped = true;

    /// <param name="done">Told whether it answered, once a probe has ended that was sent from now on.</param>
    public void Confirm(Action<bool> done)
    {
        if (_probing)
            _asked.Add(_ => Confirm(done));
        else
            _asked.Add(done);
        Probe();
        if (_stopped)
            Ended(answered: false);
    }

    public void Probe()
    {
        if (_probing || _stopped)
            return;
        _probing = true;
        See(new Observation.ProbeSent());
        var askedAt = member.World.Now;
        member.Network.Request(member, coordinator, member.Config.Health.ProbeTimeout, coordinator.Tell, (end, answer) =>
        {
            _probing = false;
            if (end == CallEnd.Answered)
            {
                var info = (NodeInfo)answer!;
                if (info is { Starting: false, Incarnation: { } by })
                    Answered = (askedAt, by);
                See(new Observation.ProbeAnswered(info, coordinator.Address));
            }
            else if (end == CallEnd.Timeout && member.Has(Bug.SlowMeansDead))
            {
                See(new Observation.TripwireClosed(ByPeer: true));
                See(new Observation.ProbeFailed(Evidence.Refused, "", coordinator.Address));
            }
            else
                See(new Observation.ProbeFailed(KindOf(end), "", end == CallEnd.Refused ? coordinator.Address : null));
            Ended(end == CallEnd.Answered);
        });
    }

    private void Ended(bool answered)
    {
        Action<bool>[] asked = [.. _asked];
        _asked.Clear();
        foreach (var one in asked)
            one(answered);
    }

    /// <summary>A new process is ready: it is tried.</summary>
    public void Welcome() => member.After(Time.Milliseconds(50), () =>
    {
        var incarnation = coordinator.Process.Incarnation;
        member.Network.Request(member, coordinator, member.Config.Health.ProbeTimeout, coordinator.Tell, (end, _) =>
        {
            if (end == CallEnd.Answered && coordinator.Process.Incarnation == incarnation)
                See(new Observation.CanaryEnded(new CanaryOutcome(member.Wall, true, Time.Milliseconds(100), ""), coordinator.Workers, incarnation));
        });
    });

    public void See(Observation fact)
    {
        if (!_stopped)
            member.Observe(coordinator.Name, fact);
    }

    private void Wire()
    {
        if (_wired || _wiring || _stopped)
            return;
        _wiring = true;
        var address = coordinator.Address;
        var life = member.Life;
        member.Network.Request(
            member,
            coordinator,
            member.Config.Health.ProbeTimeout,
            call =>
            {
                coordinator.Wire(member, byPeer => Closed(life, byPeer));
                call.Answer(null);
            },
            (end, _) =>
            {
                _wiring = false;
                if (end != CallEnd.Answered)
                    return;
                _wired = true;
                See(new Observation.TripwireOpened(address));
            });
    }

    private void Closed(int life, bool byPeer)
    {
        if (life != member.Life || !_wired)
            return;
        _wired = false;
        See(new Observation.TripwireClosed(byPeer));
    }

    private static Evidence KindOf(CallEnd end) => end switch
    {
        CallEnd.Refused => Evidence.Refused,
        CallEnd.Reset => Evidence.Reset,
        CallEnd.Unreachable => Evidence.Unreachable,
        CallEnd.Timeout => Evidence.Timeout,
        _ => throw new InvalidOperationException($"no probe ends so: {end}"),
    };
}
