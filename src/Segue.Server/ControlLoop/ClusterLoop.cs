using System.Collections.Immutable;
using System.Threading.Channels;
using Microsoft.Extensions.Logging;
using Segue.Core.Configuration;
using Segue.Core.Health;
using Segue.Core.Hooks;
using Segue.Core.Leadership;
using Segue.Core.Members;
using Segue.Core.Model;
using Segue.Server.Members;
using Segue.Server.Probing;
using Segue.Server.Upstream;

namespace Segue.Server.ControlLoop;

/// <summary>The single writer of a cluster's state: takes facts one by one, decides, and does what was decided, in order.</summary>
internal sealed class ClusterLoop
{
    private static readonly TimeSpan TickEvery = TimeSpan.FromMilliseconds(100);

    /// <summary>A first poll waits about so long at its coordinator.</summary>
    private static readonly TimeSpan Grace = TimeSpan.FromSeconds(1);

    private static readonly TimeSpan LeavePatience = TimeSpan.FromSeconds(1);

    /// <summary>So many events of the history may tell what this member saw too.</summary>
    private const int Lately = 200;

    private readonly Channel<LoopInput> _queue = Channel.CreateUnbounded<LoopInput>(new() { SingleReader = true });
    private readonly List<Waiter> _waiters = [];
    private readonly ClusterServices _services;
    private readonly ILogger _logger;
    private readonly AssignmentStore _assignments;
    private readonly MemberDesk? _members;
    private readonly ProcessStore _processes;
    private readonly CleanUp _cleanUp;
    private readonly Fencing _fencing;
    private volatile ConductorState _state;
    private RoleMemory _roles = new();
    private SharedStory _story = new();
    private long _closingSince;
    private ImmutableDictionary<string, Watch> _watches = ImmutableDictionary<string, Watch>.Empty;

    public ClusterLoop(ClusterConfig config, ClusterServices services)
    {
        _services = services;
        _logger = services.Loggers.CreateLogger<ClusterLoop>();
        _state = new ConductorState { Config = config, Member = services.Membership?.At(Now().Instant) };
        Gate = new EpochGate(services.Time);
        _members = services.Membership?.Desk(input => Post(new LoopInput.Told(input)));
        Snapshots = new SnapshotCell(Pictures.Routing(_state));
        _assignments = new AssignmentStore(config.Name, services.Store, services.Time, input => Post(new LoopInput.Told(input)));
        _processes = new ProcessStore(config.Name, services.Store, services.Time);
        _cleanUp = new CleanUp(this, services);
        _fencing = new Fencing(this, services);
    }

    public ConductorState State => _state;

    public MembersPicture? Members => MembersPictures.Of(_state, Now());

    /// <summary>Why clients are better served by another member; null where this one is fit.</summary>
    public string? Unfit => Fitness.Objection(_state, Now().Instant);

    /// <summary>This member takes the decisions, by its own clock at this moment (I4).</summary>
    public bool Leads => _state is { Leads: true, Member: var member } && member?.HasSession(Now().Instant) != false;

    public bool OthersMayStay => _state.Member?.OthersMayStay(Now().Instant) == true;

    public SnapshotCell Snapshots { get; }

    public EpochGate Gate { get; }

    public ImmutableDictionary<string, Watch> Watches => Volatile.Read(ref _watches);

    public void Post(LoopInput input) => _queue.Writer.TryWrite(input);

    public async Task RunAsync(CancellationToken stop)
    {
        var helpers = Task.WhenAll(
            _assignments.RunAsync(stop), _processes.RunAsync(stop), TickAsync(stop), _fencing.RunAsync(stop), _members?.RunAsync(stop) ?? Task.CompletedTask);
        try
        {
            Configure(_state.Config);
            if (_services.Membership?.Acked is { } acked)
                Take(new LoopInput.Told(new ConductorInput.Remembered(acked)));
            // before the assignment: nobody is chosen whom a command from before may still hit
            await _fencing.StartAsync(stop);
            Take(new LoopInput.Told(new ConductorInput.ProcessRead(await _processes.ReadAsync(stop))));
            if (_members is null)
                _assignments.Read(0);
            await foreach (var input in _queue.Reader.ReadAllAsync(stop))
            {
                Take(input);
                Snapshots.Publish(Pictures.Routing(_state));
                TellHooks();
                if (input is LoopInput.Seen { Probe: { } probe } seen)
                    Confirmed(seen.Coordinator, probe);
            }
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            // stopped
        }
        catch (Exception exception)
        {
            _logger.LoopFailed(exception, _state.Config.Name);
            // nobody looks any more whether this member may route
            _ = Gate.CloseAsync(TimeSpan.Zero);
            throw;
        }
        finally
        {
            _services.Hooks.Tell(RoleChanges.End(_roles, _state));
            // these use the watches' clients
            await _cleanUp.StopAsync();
            await _fencing.StopAsync();
            if (_members is not null)
            {
                if (stop.IsCancellationRequested)
                    await LeaveAsync(_services.Membership!, helpers);
                await _members.DisposeAsync();
            }
            await Task.WhenAll(Watches.Values.Select(watch => watch.DisposeAsync().AsTask()));
            foreach (var watch in Watches.Values)
                watch.Client.Dispose();
            await helpers.ContinueWith(static _ => { }, CancellationToken.None, TaskContinuationOptions.None, TaskScheduler.Default);
        }
    }

    /// <summary>Told to end: nothing is sent any more, and then nobody waits for this member's name (R1.6).</summary>
    private async Task LeaveAsync(MembershipSetup membership, Task helpers)
    {
        await helpers.ContinueWith(static _ => { }, CancellationToken.None, TaskContinuationOptions.None, TaskScheduler.Default);
        var closed = Gate.CloseAsync(TimeSpan.Zero);
        if (await Task.WhenAny(closed, Task.Delay(LeavePatience, _services.Time)) != closed)
            return;
        try
        {
            // before the store is asked: what it does late must not concern the next process
            membership.GiveUpName();
            await _assignments.LeaveAsync(membership.Me.Name, LeavePatience);
        }
        catch (Exception failed) when (failed is IOException or UnauthorizedAccessException)
        {
            _logger.NameNotGivenUp(failed.Message);
        }
    }

    private async Task TickAsync(CancellationToken stop)
    {
        using var timer = new PeriodicTimer(TickEvery, _services.Time);
        while (await timer.WaitForNextTickAsync(stop))
            Post(new LoopInput.Tick());
    }

    private void Take(LoopInput input)
    {
        switch (input)
        {
            case LoopInput.Tick:
                foreach (var name in _state.Health.Keys)
                    Observe(name, new Observation.Tick());
                Advance(new ConductorInput.Tick());
                TellStory();
                break;
            case LoopInput.Seen(var coordinator, var fact, var from, _):
                if (Watches.TryGetValue(coordinator, out var watch) && (from is null || from == watch))
                    Observe(coordinator, fact);
                break;
            case LoopInput.Told(var told):
                Advance(told);
                break;
            case LoopInput.Confirm(var coordinator, var done):
                if (Watches.TryGetValue(coordinator, out var asked))
                    _waiters.Add(new Waiter(coordinator, asked.NextProbe(), done));
                else
                    done.TrySetResult();
                break;
            case LoopInput.Reload(var config):
                Configure(config);
                break;
            default:
                throw new InvalidOperationException($"no such input: {input}");
        }
    }

    private void Observe(string coordinator, Observation fact)
    {
        if (!_state.Health.TryGetValue(coordinator, out var before))
            return;
        var step = CoordinatorHealth.Step(before, fact, _state.Config.Health, Now().Instant);
        if (step.News is { } news)
            Say(news.Kind, coordinator, null, news.Sentence);
        Advance(new ConductorInput.Observed(step.State));
        if (fact is Observation.TrafficAnswered)
            Advance(new ConductorInput.Answered(coordinator));
        foreach (var effect in step.Effects)
        {
            if (effect is HealthEffect.Welcome)
                _watches[coordinator].Welcome();
            else
                _watches[coordinator].ProbeNow();
        }
        EndWatches(Watches.Keys.Where(name => !_state.Health.ContainsKey(name)));
    }

    private void Advance(ConductorInput input)
    {
        var before = _state;
        var step = Conductor.Step(before, input, Now());
        _state = step.State;
        if (_state.Member is { } member)
        {
            MeasureAcks(before);
            Gate.MayRouteUntil(member.RightUntil);
            _members!.Report(_state, Now().Instant);
        }
        foreach (var effect in step.Effects)
            Perform(effect);
    }

    private void Perform(ConductorEffect effect)
    {
        switch (effect)
        {
            case ConductorEffect.ReadAssignment(var question):
                _assignments.Read(question);
                break;
            case ConductorEffect.WriteAssignment(var assignment):
                _assignments.Write(assignment);
                break;
            case ConductorEffect.KeepProcess(var process):
                _processes.Keep(process);
                break;
            case ConductorEffect.CloseEpoch(var epoch, var softly):
                _ = CloseAsync(epoch, softly ? Grace : TimeSpan.Zero);
                break;
            case ConductorEffect.OpenEpoch(var epoch, var coordinator):
                // before the snapshot is swapped: who reads the new epoch must be able to enter it
                _logger.Routes(_state.Config.Name, coordinator, epoch);
                Gate.OpenTo(epoch, coordinator);
                break;
            case ConductorEffect.CleanUp(var deposition):
                _cleanUp.Begin(deposition);
                break;
            case ConductorEffect.Fence(var deposition):
                _fencing.Begin(deposition);
                break;
            case ConductorEffect.ReadFences(var question):
                _fencing.Read(question);
                break;
            case ConductorEffect.StopCleanUp(var coordinator):
                _cleanUp.End(coordinator);
                break;
            case ConductorEffect.Announce(var kind, var coordinator, var epoch, var sentence):
                Say(kind, coordinator, epoch, sentence);
                break;
            case ConductorEffect.Timed(var timing):
                _services.Metrics.FailoverTook(_state.Config.Name, timing);
                break;
            default:
                (_members ?? throw new InvalidOperationException($"no such effect of one member: {effect}")).Perform(effect);
                break;
        }
    }

    private void TellHooks()
    {
        (_roles, var told) = RoleChanges.Step(_roles, _state, _services.Hooks.HeldAfter, Now().Instant);
        _services.Hooks.Tell(told);
    }

    private async Task CloseAsync(long epoch, TimeSpan grace)
    {
        await Gate.CloseAsync(grace);
        _logger.RoutesNoMore(_state.Config.Name, epoch);
        Post(new LoopInput.Told(new ConductorInput.EpochClosed(epoch)));
    }

    private void MeasureAcks(ConductorState before)
    {
        if (_state.Phase == before.Phase)
            return;
        if (_state.Phase == ConductorPhase.Closing)
            _closingSince = _services.Time.GetTimestamp();
        else if (before is { Phase: ConductorPhase.Closing, Change: { } change } && _state.Assignment?.Epoch == change.Proposal.Epoch)
            _services.Metrics.AcksTook(_state.Config.Name, _services.Time.GetElapsedTime(_closingSince));
    }

    private void Say(string kind, string? coordinator, long? epoch, string sentence)
    {
        _logger.Decided(_state.Config.Name, kind, sentence);
        var happened = new ClusterEvent
        {
            At = _services.Time.GetUtcNow(),
            Kind = kind,
            Cluster = _state.Config.Name,
            Coordinator = coordinator,
            Epoch = epoch,
            Sentence = sentence,
        };
        (_story, var tell) = _story.Say(_state, happened, Now().Instant);
        if (tell)
            _services.History.Append(happened);
    }

    private void TellStory()
    {
        if (!_story.Waits)
            return;
        (_story, var told) = _story.Look(_state, _state.Leads ? _services.History.Recent(Lately) : [], Now().Instant);
        foreach (var happened in told)
            _services.History.Append(happened);
    }

    private void Confirmed(string coordinator, long probe)
    {
        // one failed probe of one that is not suspect yet tells nothing
        if (_state.Health.GetValueOrDefault(coordinator) is { UnansweredSince: not null, Condition: Condition.Healthy or Condition.Unfit })
            return;
        foreach (var waiter in _waiters.Where(waiter => waiter.Coordinator == coordinator && waiter.Probe <= probe))
            waiter.Done.TrySetResult();
        _waiters.RemoveAll(waiter => waiter.Done.Task.IsCompleted);
    }

    /// <summary>New watches for what is new or changed; clients of the data path stay as long as they fit.</summary>
    private void Configure(ClusterConfig config)
    {
        var (old, before) = (_watches, _state.Config);
        Advance(new ConductorInput.Configured(config));
        var kept = old
            .Where(pair => _state.IsConfigured(pair.Key)
                ? Watch.Alike(before, config) && config.Coordinators.Contains(pair.Value.Client.Config)
                : _state.Health.ContainsKey(pair.Key))
            .ToImmutableDictionary();
        var added = config.Coordinators
            .Where(coordinator => !kept.ContainsKey(coordinator.Name))
            .ToImmutableDictionary(coordinator => coordinator.Name, coordinator => Watching(ClientOf(coordinator, config, before), config));
        Volatile.Write(ref _watches, kept.AddRange(added));
        foreach (var (name, watch) in added)
        {
            Advance(new ConductorInput.Observed(_state.Health.GetValueOrDefault(name) is { } known
                ? known.WatchedAnew(watch.MustBeJudged)
                : HealthState.First(name, watch.MustBeJudged, Now().Instant)));
            watch.Start();
        }
        foreach (var (_, watch) in old.Where(pair => !kept.ContainsKey(pair.Key)))
            _ = watch.DisposeAsync().AsTask();
        // a look that was waited for is taken by the new watch
        List<Waiter> waiting = [.. _waiters];
        _waiters.Clear();
        foreach (var waiter in waiting)
            Take(new LoopInput.Confirm(waiter.Coordinator, waiter.Done));
    }

    private void EndWatches(IEnumerable<string> names)
    {
        foreach (var name in names)
        {
            var watch = _watches[name];
            Volatile.Write(ref _watches, _watches.Remove(name));
            _ = watch.DisposeAsync().AsTask();
        }
    }

    /// <summary>One that is replaced is not disposed: requests under way use it, and its idle connections end by themselves.</summary>
    private CoordinatorClient ClientOf(CoordinatorConfig coordinator, ClusterConfig config, ClusterConfig before) =>
        _watches.TryGetValue(coordinator.Name, out var watch) && watch.Client.Config == coordinator && config.Tls == before.Tls
            ? watch.Client
            : new CoordinatorClient(coordinator, new UpstreamTls(config.Tls), _services.HeaderBytes);

    private Watch Watching(CoordinatorClient client, ClusterConfig config)
    {
        Watch watch = null!;
        watch = new Watch(
            client,
            config,
            _services,
            (fact, probe) => Post(new LoopInput.Seen(client.Name, fact, watch, probe)),
            () => CanaryWanted(client.Name));
        return watch;
    }

    private bool CanaryWanted(string coordinator)
    {
        var state = _state;
        return state.Health.GetValueOrDefault(coordinator) is { Condition: Condition.Healthy }
            && (state.OpenTo == coordinator || Conductor.WorkersExpected(state));
    }

    private Moment Now() => new(new Instant(_services.Time.GetElapsedTime(0, _services.Time.GetTimestamp())), _services.Time.GetUtcNow());

    private sealed record Waiter(string Coordinator, long Probe, TaskCompletionSource Done);
}
