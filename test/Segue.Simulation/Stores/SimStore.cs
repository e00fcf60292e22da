using Segue.Simulation.World;

namespace Segue.Simulation.Stores;

internal sealed record Stored(string Key, object Value, long Version, long Session);

/// <summary>Linearizable versioned keys and sessions by its own clock. Its process may stop, answer late, or come back from an older copy.</summary>
internal sealed class SimStore(SimWorld world, SimNetwork network, double rate) : SimNode(world, network, "store", rate, 0)
{
    private readonly Dictionary<long, (TimeSpan Ttl, TimeSpan Over)> _sessions = [];
    private readonly List<(SimNode Member, int Life, Action<string?, Stored?, long> Told)> _watches = [];
    private SortedDictionary<string, Stored> _keys = new(StringComparer.Ordinal);
    private SortedDictionary<string, Stored> _copy = new(StringComparer.Ordinal);
    private long _version;
    private long _lastSession;

    /// <summary>Each operation waits this long before it is done, at most.</summary>
    public long Slowness { get; set; }

    /// <summary>A watch is told this late, at most.</summary>
    public long WatchDelay { get; set; } = 5 * Time.Millisecond;

    public IEnumerable<Stored> Keys => _keys.Values;

    /// <summary>Does one operation when it arrives and has waited, and answers.</summary>
    public void Do(Call call, Func<object?> operation) => World.After(
        Time.Millisecond / 2 + (Slowness > 0 ? World.Random.Between(0, Slowness) : 0),
        () => Run(Life, () =>
        {
            Expire();
            call.Answer(operation());
        }));

    public Stored? Read(string key) => _keys.GetValueOrDefault(key);

    public List<Stored> List(string prefix) => [.. _keys.Values.Where(one => one.Key.StartsWith(prefix, StringComparison.Ordinal))];

    /// <param name="expected">The version that it must have; 0 where there must be none; below 0 for any.</param>
    /// <returns>The new version, or null for a conflict.</returns>
    public long? Write(string key, object value, long expected, long session = 0)
    {
        if (session != 0 && !_sessions.ContainsKey(session))
            return null;
        if (expected >= 0 && (_keys.GetValueOrDefault(key)?.Version ?? 0) != expected)
            return null;
        _keys[key] = new Stored(key, value, ++_version, session);
        Tell(key);
        return _version;
    }

    public bool Delete(string key, long expected)
    {
        if ((_keys.GetValueOrDefault(key)?.Version ?? 0) != expected)
            return false;
        _keys.Remove(key);
        _version++;
        Tell(key);
        return true;
    }

    public long Open(TimeSpan ttl)
    {
        _sessions[++_lastSession] = (ttl, Monotonic.SinceStart + ttl);
        return _lastSession;
    }

    public bool Renew(long session)
    {
        if (!_sessions.TryGetValue(session, out var known))
            return false;
        _sessions[session] = known with { Over = Monotonic.SinceStart + known.Ttl };
        return true;
    }

    public bool Lives(long session) => _sessions.ContainsKey(session);

    /// <summary>Changes are told from now on, null for "list again".</summary>
    public void Watch(SimNode member, Action<string?, Stored?, long> told) => _watches.Add((member, member.Life, told));

    public void TakeCopy() => _copy = new SortedDictionary<string, Stored>(_keys, StringComparer.Ordinal);

    /// <summary>What was written since the copy is gone; versions go on, as a restored server's do where it is done as documented.</summary>
    public void Restore()
    {
        World.Say(Name, $"is restored from an older copy");
        _keys = new SortedDictionary<string, Stored>(_copy.Where(static pair => pair.Value.Session == 0).ToDictionary(), StringComparer.Ordinal);
        _sessions.Clear();
        _version += 1000;
        Tell(null);
    }

    protected override void Started() => Expire();

    private void Expire()
    {
        var now = Monotonic.SinceStart;
        foreach (var (session, (_, over)) in _sessions)
        {
            if (over > now)
                continue;
            World.Say(Name, $"session {session} is over");
            _sessions.Remove(session);
            foreach (var key in _keys.Values.Where(one => one.Session == session).Select(static one => one.Key).ToList())
            {
                _keys.Remove(key);
                _version++;
                Tell(key);
            }
        }
    }

    private void Tell(string? key)
    {
        if (_watches.Count > 16)
            _watches.RemoveAll(static watch => !watch.Member.Up || watch.Member.Life != watch.Life);
        var version = _version;
        var value = key is null ? null : _keys.GetValueOrDefault(key);
        foreach (var (member, life, told) in _watches)
        {
            if (!Network.IsCut(this, member))
                World.After(Network.Delay() + World.Random.Between(0, WatchDelay), () => member.Run(life, () => told(key, value, version)));
        }
    }
}
