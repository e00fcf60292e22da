using System.Collections.Immutable;
using System.Globalization;
using Microsoft.Extensions.Logging;
using Segue.Core.Configuration;
using Segue.Core.Hooks;
using Segue.Core.Model;
using Segue.Server.Store;
using Segue.Server.Telemetry;

namespace Segue.Server.Commands;

/// <summary>The operator's commands at changes of roles: run apart from everything else, said in log, history and metrics when they fail.</summary>
public sealed class RoleHooks : IAsyncDisposable
{
    private readonly string _member;
    private readonly IHistory _history;
    private readonly SegueMetrics _metrics;
    private readonly ILogger _logger;
    private readonly TimeProvider _time;
    private readonly ImmutableDictionary<HookLine, HookLane> _lanes;
    private volatile HooksConfig _config;

    /// <param name="member">Names this member to the commands.</param>
    public RoleHooks(HooksConfig config, string member, IHistory history, SegueMetrics metrics, ILoggerFactory loggers, TimeProvider time)
    {
        _config = config;
        _member = member;
        _history = history;
        _metrics = metrics;
        _logger = loggers.CreateLogger<RoleHooks>();
        _time = time;
        _lanes = Enum.GetValues<HookLine>().ToImmutableDictionary(static line => line, _ => new HookLane(RunAsync, LeaveOut));
    }

    public TimeSpan HeldAfter => _config.HeldAfter;

    /// <summary>Until then what is told waits. Where the start of this process fails nothing is ever run, so that it undoes nothing of another one's.</summary>
    public void Start()
    {
        foreach (var lane in _lanes.Values)
            lane.Start();
    }

    /// <summary>A reload; what runs ends as it was begun.</summary>
    public void Apply(HooksConfig config) => _config = config;

    /// <summary>Never blocks and never throws: the control loop calls it between two decisions.</summary>
    public void Tell(ImmutableArray<HookEvent> told)
    {
        foreach (var one in told)
        {
            if (!Of(one.Kind).Command.IsEmpty)
                _lanes[one.Line].Tell(one);
        }
    }

    /// <summary>Runs what was told before; takes as long as the commands and their time-outs.</summary>
    public async ValueTask DisposeAsync() => await Task.WhenAll(_lanes.Values.Select(static lane => lane.StopAsync()));

    private async Task RunAsync(HookEvent told)
    {
        var config = Of(told.Kind);
        // taken out of the configuration since
        if (config.Command.IsEmpty)
            return;
        var (subject, epoch) = (Subject(told), told.Epoch.ToString(CultureInfo.InvariantCulture));
        var began = _time.GetTimestamp();
        var command = new OperatorCommand(config, line => _logger.HookSaid(told.Cluster, told.Name, line), _time);
        var (outcome, detail) = await command.RunAsync(
            [told.Name, told.Cluster, subject, epoch], Environment(told, epoch), CancellationToken.None);
        var took = _time.GetElapsedTime(began);
        _metrics.HookEnded(told.Cluster, told.Name, Label(outcome), took);
        if (outcome == CommandOutcome.Succeeded)
        {
            _logger.HookRan(told.Cluster, told.Name, subject, took.TotalSeconds);
            return;
        }
        var sentence = $"the hook {told.Name} for {subject} {detail}";
        _logger.HookFailed(told.Cluster, sentence);
        _history.Append(new ClusterEvent
        {
            At = _time.GetUtcNow(),
            Kind = EventKinds.HookFailed,
            Cluster = told.Cluster,
            Coordinator = told.Coordinator.Length == 0 ? null : told.Coordinator,
            Epoch = told.Epoch,
            Sentence = sentence,
        });
    }

    private void LeaveOut(HookEvent told)
    {
        var subject = Subject(told);
        _logger.HookLeftOut(told.Cluster, told.Name, subject);
    }

    private Dictionary<string, string> Environment(HookEvent told, string epoch) => new()
    {
        ["SEGUE_EVENT"] = told.Name,
        ["SEGUE_CLUSTER"] = told.Cluster,
        ["SEGUE_MEMBER"] = _member,
        ["SEGUE_COORDINATOR"] = told.Coordinator,
        ["SEGUE_COORDINATOR_URL"] = told.Url,
        ["SEGUE_EPOCH"] = epoch,
        ["SEGUE_REASON"] = told.Reason,
    };

    private string Subject(HookEvent told) => told.Line == HookLine.Conductor ? _member : told.Coordinator;

    private CommandConfig Of(HookKind kind)
    {
        var config = _config;
        return kind switch
        {
            HookKind.ConductorGained => config.ConductorGained,
            HookKind.ConductorLost => config.ConductorLost,
            HookKind.CoordinatorPromoted => config.CoordinatorPromoted,
            HookKind.CoordinatorLost => config.CoordinatorLost,
            HookKind.Held or HookKind.Released => config.Held,
            _ => throw new InvalidOperationException($"no such hook: {kind}"),
        };
    }

    private static string Label(CommandOutcome outcome) => outcome switch
    {
        CommandOutcome.Succeeded => "succeeded",
        CommandOutcome.Failed => "failed",
        CommandOutcome.NotRun => "not_run",
        CommandOutcome.TimedOut => "timed_out",
        _ => throw new InvalidOperationException($"no such outcome: {outcome}"),
    };
}
