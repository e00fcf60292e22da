using System.Collections.Immutable;
using Segue.Core.Model;

namespace Segue.Server.Store;

/// <summary>The last events in memory, in the order of their keys, and what is known to stand in the store; asked and told by any thread.</summary>
internal sealed class HistoryPicture(int most)
{
    private readonly Lock _lock = new();
    private readonly SortedDictionary<string, long> _stored = new(StringComparer.Ordinal);
    private readonly SortedSet<Line> _lines = new(Comparer<Line>.Create(static (one, other) => string.CompareOrdinal(one.Key, other.Key)));

    /// <summary>At most <paramref name="count"/>, oldest first.</summary>
    public ImmutableArray<ClusterEvent> Recent(int count)
    {
        lock (_lock)
            return [.. _lines.Reverse().Take(count).Reverse().Select(static line => line.Event)];
    }

    public void Keep(string key, ClusterEvent happened)
    {
        lock (_lock)
        {
            _lines.Add(new Line(key, happened));
            if (_lines.Count > most)
                _lines.Remove(_lines.Min);
        }
    }

    public void IsStored(string key, long version)
    {
        lock (_lock)
            _stored[key] = version;
    }

    public void IsRemoved(string key)
    {
        lock (_lock)
            _stored.Remove(key);
    }

    /// <summary>The whole of what is stored.</summary>
    public void AreStored(IEnumerable<VersionedValue> entries)
    {
        lock (_lock)
        {
            _stored.Clear();
            foreach (var entry in entries)
                _stored[entry.Key] = entry.Version;
        }
    }

    /// <summary>The oldest that are stored beyond the bound; they are asked for once.</summary>
    public ImmutableArray<KeyValuePair<string, long>> TakeSurplus()
    {
        lock (_lock)
        {
            var surplus = _stored.Take(_stored.Count - most).ToImmutableArray();
            foreach (var (key, _) in surplus)
                _stored.Remove(key);
            return surplus;
        }
    }

    private readonly record struct Line(string Key, ClusterEvent Event);
}
