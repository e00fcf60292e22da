using System.Collections.Immutable;
using Segue.Core.Configuration;
using Segue.Core.Model;
using Segue.Core.Routing;
using Segue.Server.Admin;
using Segue.Server.ControlLoop;
using Segue.Server.Discovery;
using Segue.Server.Store;

namespace Segue.Server.Tests.Admin;

/// <summary>A cluster whose state the test sets; what the admin port never calls throws.</summary>
internal sealed class FakeCluster : ICluster, IQueryCensus, IQueryDesk
{
    public static readonly DateTimeOffset Noon = new(2026, 3, 1, 12, 0, 0, TimeSpan.Zero);

    public FakeCluster(string name = "main")
    {
        Config = new ClusterConfig
        {
            Name = name,
            Engine = EngineKind.Presto,
            Coordinators = [At("one"), At("two")],
        };
        Current = new RoutingSnapshot
        {
            Cluster = name,
            Epoch = 4,
            Active = "two:8321",
            OpenTo = "two:8321",
            Reason = "one:8321 refused connections",
            Coordinators = ImmutableDictionary<string, CoordinatorRoute>.Empty,
        };
        Status = new ClusterStatus
        {
            Cluster = name,
            Engine = EngineKind.Presto,
            Assignment = new Assignment
            {
                Cluster = name,
                Epoch = 4,
                Active = "two:8321",
                Phase = AssignmentPhase.Active,
                Reason = "one:8321 refused connections",
                At = Noon,
            },
            Holding = false,
            Sentence = "two:8321 answers",
            Coordinators =
            [
                new CoordinatorStatus
                {
                    Name = "one:8321", Role = CoordinatorRole.Down, Liveness = Liveness.Dead, Ready = false,
                    Evidence = "Refused", Sentence = "refused \"connections\"",
                },
                new CoordinatorStatus
                {
                    Name = "two:8321", Role = CoordinatorRole.Active, Liveness = Liveness.Answering, Ready = true,
                    Evidence = "Healthy", Sentence = "answers", Incarnation = new Incarnation("abcde"), Version = "0.287",
                    Environment = "test", WorkersSeen = 2,
                    LastCanary = new CanaryOutcome(Noon, true, TimeSpan.FromMilliseconds(120), "SELECT 1 took 120 ms"),
                },
            ],
            LastFailover = new FailoverTiming(4, TimeSpan.FromMilliseconds(40), TimeSpan.FromMilliseconds(30), null),
        };
    }

    public ClusterConfig Config { get; }

    public RoutingSnapshot Current { get; set; }

    public ClusterStatus Status { get; set; }

    public AdminCluster Admin => new(this, this, () => [new AnnouncedNode("worker-1", "http://10.0.0.7:8321", Noon)], this);

    public ImmutableArray<QueryReport> Live() => throw new NotSupportedException();

    public QueryReport? Find(string id) => throw new NotSupportedException();

    public Task<CancelReport?> CancelAsync(string id) => throw new NotSupportedException();

    public QueryCounts Count() => new(Running: 12, Held: 3, Recovered: 5, HeldBytes: 4096, SpooledBytes: 8192);

    public IReadOnlySet<string> Spared(string coordinator) => throw new NotSupportedException();

    public Task ChangedFromAsync(RoutingSnapshot seen, CancellationToken cancellation) => throw new NotSupportedException();

    public void ReportFailure(string coordinator, string what) => throw new NotSupportedException();

    public void ReportAnswer(string coordinator, Incarnation? incarnation) => throw new NotSupportedException();

    public Task ConfirmAsync(string coordinator, CancellationToken cancellation) => throw new NotSupportedException();

    public ISendLease? TryEnter(long epoch, string coordinator) => throw new NotSupportedException();

    private static CoordinatorConfig At(string host) => new() { Url = new Segue.Core.Configuration.Endpoint("http", host, 8321) };
}

internal sealed class FakeHistory(params ClusterEvent[] events) : IHistory
{
    public void Append(ClusterEvent happened) => throw new NotSupportedException();

    public IReadOnlyList<ClusterEvent> Recent(int count) => [.. events.TakeLast(count)];
}

internal sealed class FrozenTime(DateTimeOffset now) : TimeProvider
{
    public override TimeZoneInfo LocalTimeZone => TimeZoneInfo.Utc;

    public override DateTimeOffset GetUtcNow() => now;
}
