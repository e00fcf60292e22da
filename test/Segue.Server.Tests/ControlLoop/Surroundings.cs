using System.Collections.Concurrent;
using System.Collections.Immutable;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Segue.Core.Configuration;
using Segue.Core.Model;
using Segue.Server.Commands;
using Segue.Server.ControlLoop;
using Segue.Server.Store;
using Segue.Server.Telemetry;

namespace Segue.Server.Tests.ControlLoop;

/// <summary>What a cluster needs, in memory.</summary>
internal sealed class Surroundings : IStore, IHistory
{
    private readonly ConcurrentDictionary<string, VersionedValue> _values = new();
    private readonly ConcurrentQueue<ClusterEvent> _events = new();

    public bool Unavailable { get; set; }

    /// <summary>Workers that have announced themselves.</summary>
    public ImmutableArray<Uri> Announced { get; init; } = [];

    public ILoggerFactory Loggers { get; init; } = NullLoggerFactory.Instance;

    /// <summary>None unless told.</summary>
    public RoleHooks? Hooks { get; init; }

    /// <summary>What the data path follows.</summary>
    public IQueryCensus? Followed { get; init; }

    public ClusterServices Services => new()
    {
        DeploymentId = "test",
        Store = this,
        History = this,
        Census = () => Followed,
        Workers = () => Announced,
        Hooks = Hooks ?? new RoleHooks(new HooksConfig(), "member", this, new SegueMetrics(), Loggers, TimeProvider.System),
        Time = TimeProvider.System,
        Metrics = new SegueMetrics(),
        Loggers = Loggers,
        HeaderBytes = 1 << 20,
    };

    public ValueTask<StoreResult<VersionedValue?>> ReadAsync(string key, CancellationToken cancellation) =>
        ValueTask.FromResult(new StoreResult<VersionedValue?>(_values.GetValueOrDefault(key), Unavailable ? StoreError.Unavailable : StoreError.None, "down"));

    public ValueTask<StoreResult<ImmutableArray<VersionedValue>>> ListAsync(string prefix, CancellationToken cancellation) =>
        ValueTask.FromResult(new StoreResult<ImmutableArray<VersionedValue>>(
            [.. _values.Values.Where(value => value.Key.StartsWith(prefix, StringComparison.Ordinal))], Unavailable ? StoreError.Unavailable : StoreError.None, "down"));

    public ValueTask<StoreResult<long>> WriteAsync(string key, ReadOnlyMemory<byte> value, long expected, CancellationToken cancellation)
    {
        if (Unavailable)
            return ValueTask.FromResult(new StoreResult<long>(0, StoreError.Unavailable, "down"));
        if ((_values.GetValueOrDefault(key)?.Version ?? 0) != expected)
            return ValueTask.FromResult(new StoreResult<long>(0, StoreError.Conflict, "another version"));
        _values[key] = new VersionedValue(key, value, expected + 1);
        return ValueTask.FromResult(new StoreResult<long>(expected + 1, StoreError.None, null));
    }

    public ValueTask<StoreResult<bool>> DeleteAsync(string key, long expected, CancellationToken cancellation) =>
        throw new NotSupportedException();

    public void Append(ClusterEvent happened) => _events.Enqueue(happened);

    public IReadOnlyList<ClusterEvent> Recent(int count) => [.. _events.TakeLast(count)];

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;
}
