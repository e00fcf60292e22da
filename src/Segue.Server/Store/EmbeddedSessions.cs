namespace Segue.Server.Store;

/// <summary>The sessions of the embedded store, by this process's own clock; they end with it. Used by the store's one thread alone.</summary>
/// <param name="wake">Called from a timer when a session may be over.</param>
internal sealed class EmbeddedSessions(TimeProvider time, Action wake) : IDisposable
{
    // a timer may come a little early
    private static readonly TimeSpan Slack = TimeSpan.FromMilliseconds(20);

    private readonly Dictionary<long, (StoreSession Session, long Renewed, ITimer Timer)> _open = [];
    private long _last;

    public StoreSession Open(TimeSpan ttl)
    {
        var session = new StoreSession(++_last, ttl);
        _open[session.Id] = (session, time.GetTimestamp(), time.CreateTimer(_ => wake(), null, ttl + Slack, Timeout.InfiniteTimeSpan));
        return session;
    }

    public bool Lives(StoreSession session) => _open.TryGetValue(session.Id, out var open) && !IsOver(open);

    public bool Renew(StoreSession session)
    {
        if (!Lives(session))
            return false;
        var timer = _open[session.Id].Timer;
        timer.Change(session.Ttl + Slack, Timeout.InfiniteTimeSpan);
        _open[session.Id] = (session, time.GetTimestamp(), timer);
        return true;
    }

    /// <summary>It is over; if its keys cannot be removed now they are when that is tried again.</summary>
    public void End(StoreSession session)
    {
        if (_open.TryGetValue(session.Id, out var open))
            _open[session.Id] = open with { Session = session with { Ttl = TimeSpan.Zero } };
    }

    public long[] Over() => [.. _open.Where(pair => IsOver(pair.Value)).Select(static pair => pair.Key)];

    /// <summary>Their keys are gone.</summary>
    public void Forget(long[] over)
    {
        foreach (var session in over)
        {
            if (_open.Remove(session, out var open))
                open.Timer.Dispose();
        }
    }

    public void Dispose() => Forget([.. _open.Keys]);

    private bool IsOver((StoreSession Session, long Renewed, ITimer Timer) open) => time.GetElapsedTime(open.Renewed) >= open.Session.Ttl;
}
