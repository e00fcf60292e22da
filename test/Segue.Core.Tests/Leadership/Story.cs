using System.Globalization;
using Segue.Core.Configuration;
using Segue.Core.Health;
using Segue.Core.Hooks;
using Segue.Core.Leadership;
using Segue.Core.Model;

namespace Segue.Core.Tests.Leadership;

/// <summary>Coordinators, a store and a send gate around the conductor, in steps of 100 ms; told what happens in words.</summary>
internal sealed class Story
{
    private static readonly TimeSpan Step = TimeSpan.FromMilliseconds(100);

    private readonly Dictionary<string, Machine> _machines;
    private readonly Queue<ConductorInput> _answers = [];
    private ConductorState _state;
    private RoleMemory _roles = new();
    private Assignment? _stored;
    private bool _storeRefuses;
    private int _steps;

    public Story(string[] names, Assignment? stored)
    {
        _stored = stored;
        _machines = names.ToDictionary(name => $"{name}:80", name => new Machine { Health = HealthState.First($"{name}:80", false, At(0)) });
        _state = new ConductorState
        {
            Config = new ClusterConfig
            {
                Name = "main",
                Engine = EngineKind.Presto,
                Coordinators = [.. names.Select(name => new CoordinatorConfig { Url = new Endpoint("http", name, 80) })],
            },
        };
        foreach (var machine in _machines.Values)
            Tell(new ConductorInput.Observed(machine.Health));
        Tell(new ConductorInput.Read(stored));
    }

    /// <summary>The kinds of what was announced; one that repeats is there once.</summary>
    public List<string> Announced { get; } = [];

    public string? OpenTo => _state.OpenTo?.Split(':')[0];

    public long Epoch => _state.Assignment?.Epoch ?? 0;

    /// <summary>Coordinators whose clean-up began, in order.</summary>
    public List<string> Cleaned { get; } = [];

    /// <summary>What hooks were told, with the coordinator and the epoch; statements held for 5 s are told.</summary>
    public List<string> Hooks { get; } = [];

    public void Tell(string line)
    {
        var words = line.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        if (words[0] == "wait")
            Pass(int.Parse(words[1], CultureInfo.InvariantCulture) * 10);
        else if (words[0] == "store")
            _storeRefuses = words[1] == "refuses";
        else if (words[0] is "add" or "remove")
            Configure(words[1], words[0] == "add");
        else
            Happens($"{words[1]}:80", words[0]);
    }

    private void Configure(string name, bool added)
    {
        var coordinator = new CoordinatorConfig { Url = new Endpoint("http", name, 80) };
        var coordinators = _state.Config.Coordinators;
        Tell(new ConductorInput.Configured(_state.Config with { Coordinators = added ? coordinators.Add(coordinator) : coordinators.Remove(coordinator) }));
    }

    private void Happens(string name, string what)
    {
        var machine = _machines[name];
        switch (what)
        {
            case "start":
            case "restart":
                (machine.State, machine.Since) = (MachineState.Up, _steps);
                See(name, new Observation.TripwireOpened());
                break;
            case "crash":
                machine.State = MachineState.Down;
                See(name, new Observation.TripwireClosed());
                break;
            case "fin":
                See(name, new Observation.TripwireClosed());
                break;
            case "freeze":
                machine.State = MachineState.Frozen;
                break;
            case "thaw":
                machine.State = MachineState.Up;
                break;
            default:
                throw new ArgumentException($"no such happening: {what}", nameof(what));
        }
    }

    private void Pass(int steps)
    {
        for (; steps > 0; steps--)
        {
            _steps++;
            for (var waiting = _answers.Count; waiting > 0; waiting--)
                Tell(_answers.Dequeue());
            foreach (var name in _machines.Keys)
            {
                if (_steps % 5 == 0)
                    Probe(name);
                See(name, new Observation.Tick());
            }
        }
    }

    private void Probe(string name)
    {
        var machine = _machines[name];
        See(name, new Observation.ProbeSent());
        if (machine.State == MachineState.Up)
            See(name, new Observation.ProbeAnswered(new NodeInfo
            {
                Version = "1",
                Environment = "test",
                Coordinator = true,
                Starting = false,
                Uptime = (_steps - machine.Since) * Step,
            }));
        else if (machine.State == MachineState.Down)
            See(name, new Observation.ProbeFailed(Evidence.Refused, ""));
        else if (At(_steps) - machine.Health.UnansweredSince >= _state.Config.Health.ProbeTimeout)
            See(name, new Observation.ProbeFailed(Evidence.Timeout, ""));
    }

    private void See(string name, Observation fact)
    {
        var step = CoordinatorHealth.Step(_machines[name].Health, fact, _state.Config.Health, At(_steps));
        _machines[name].Health = step.State;
        Tell(new ConductorInput.Observed(step.State));
        if (step.Effects.Contains(new HealthEffect.ProbeNow()))
            Probe(name);
    }

    private void Tell(ConductorInput input)
    {
        var step = Conductor.Step(_state, input, new Moment(At(_steps), DateTimeOffset.UnixEpoch + _steps * Step));
        _state = step.State;
        foreach (var effect in step.Effects)
            Perform(effect);
        (_roles, var told) = RoleChanges.Step(_roles, _state, TimeSpan.FromSeconds(5), At(_steps));
        Hooks.AddRange(told.Select(static one => $"{one.Name} {one.Coordinator.Split(':')[0]} {one.Epoch}"));
    }

    private void Perform(ConductorEffect effect)
    {
        switch (effect)
        {
            case ConductorEffect.ReadAssignment:
                _answers.Enqueue(new ConductorInput.Read(_stored));
                break;
            case ConductorEffect.WriteAssignment(var assignment):
                _stored = _storeRefuses ? _stored : assignment;
                _answers.Enqueue(_storeRefuses
                    ? new ConductorInput.WriteFailed(assignment, "disk full")
                    : new ConductorInput.WriteConfirmed(assignment));
                break;
            case ConductorEffect.CloseEpoch(var epoch, _):
                _answers.Enqueue(new ConductorInput.EpochClosed(epoch));
                break;
            case ConductorEffect.Announce(var kind, _, _, var sentence):
                sentence.ShouldNotBeEmpty();
                if (Announced.LastOrDefault() != kind)
                    Announced.Add(kind);
                break;
            case ConductorEffect.CleanUp(var deposition):
                Cleaned.Add(deposition.Coordinator.Split(':')[0]);
                break;
            default:
                break;
        }
    }

    private static Instant At(int steps) => new(steps * Step);

    private enum MachineState
    {
        Down,
        Up,
        Frozen,
    }

    private sealed class Machine
    {
        public required HealthState Health { get; set; }

        public MachineState State { get; set; }

        /// <summary>The step at which its process began.</summary>
        public int Since { get; set; }
    }
}
