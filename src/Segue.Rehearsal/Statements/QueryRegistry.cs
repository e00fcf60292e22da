using System.Collections.Concurrent;
using System.Globalization;
using System.Security.Cryptography;
using Segue.Core.Model;

namespace Segue.Rehearsal.Statements;

/// <summary>The queries of one coordinator, and their ids (protocol.md §1.9).</summary>
internal sealed class QueryRegistry(EngineKind engine, TimeProvider time)
{
    /// <summary>query.max-history.</summary>
    private const int History = 100;

    private readonly ConcurrentDictionary<string, Query> _queries = new(StringComparer.Ordinal);
    private int _counter = -1;

    /// <summary>New at each start, as the engines' coordinator id is.</summary>
    public string Incarnation { get; } = RandomNumberGenerator.GetString("abcdefghijkmnpqrstuvwxyz23456789", 5);

    public IReadOnlyList<Query> All => [.. _queries.Values.OrderBy(query => query.Id, StringComparer.Ordinal)];

    public int Running => _queries.Values.Count(query => query is { Done: false, State: "RUNNING" });

    public int Queued => _queries.Values.Count(query => query is { Done: false, State: not "RUNNING" });

    public Query? Find(string id) => _queries.GetValueOrDefault(id);

    public Query Add(StatementRequest request)
    {
        var now = time.GetUtcNow();
        var id = string.Create(CultureInfo.InvariantCulture,
            $"{now:yyyyMMdd_HHmmss}_{Interlocked.Increment(ref _counter) % 100_000:00000}_{Incarnation}");
        return Keep(new Query(id, new Slug(engine), request, now));
    }

    /// <summary>Registers a query under an id that the client chose (PrestoDB 0.290 and later).</summary>
    public Query Keep(Query query)
    {
        var kept = _queries.GetOrAdd(query.Id, query);
        if (kept != query)
            query.Dispose();
        foreach (var old in All.Where(other => other.Done).SkipLast(History))
            _queries.TryRemove(old.Id, out _);
        return kept;
    }
}
