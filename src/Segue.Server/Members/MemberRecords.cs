using System.Text;
using System.Text.Json;
using Microsoft.Extensions.Logging;
using Segue.Core.Leadership;
using Segue.Core.Members;
using Segue.Core.Model;
using Segue.Server.ControlLoop;
using Segue.Server.Store;

namespace Segue.Server.Members;

/// <summary>What a member keeps in the store with its session: its own entry, its ack, and the conductor's lease (I4).</summary>
internal sealed class MemberRecords
{
    private static readonly TimeSpan EndPatience = TimeSpan.FromSeconds(1);

    private readonly ISessionStore _store;
    private readonly MemberTimes _times;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly string _members;
    private readonly string _lease;
    private readonly string _assignment;
    private StoreSession? _session;
    private MemberEntry _entry;
    private MemberEntry? _written;
    private long _version;

    /// <param name="acked">By the process of this member before this one, whose sends have ended with it.</param>
    public MemberRecords(MemberIdentity me, string cluster, Uri? peers, Assignment? acked, ISessionStore store, MemberTimes times, TimeProvider time, ILogger logger)
    {
        Me = me;
        _store = store;
        _times = times;
        _time = time;
        _logger = logger;
        _members = $"member/{cluster}/";
        _lease = $"conductor/{cluster}";
        _assignment = $"assignment/{cluster}";
        _entry = new MemberEntry(me.Name, peers, Environment.MachineName, Environment.ProcessId, time.GetUtcNow(), acked);
    }

    public MemberIdentity Me { get; }

    /// <summary>Opened once the entry stands: who is to be waited for must be listed (R1.2).</summary>
    public async Task<ConductorInput> OpenAsync(Instant asked, CancellationToken stop)
    {
        var opened = await WithinAsync(cancellation => _store.OpenSessionAsync(_times.Ttl, cancellation), stop);
        if (!opened.Succeeded)
            return new ConductorInput.StoreAway();
        (_session, _version) = (opened.Value, 0);
        return await WriteEntryAsync(stop) ? new ConductorInput.SessionOpened(_session.Id, _session.Ttl, asked) : new ConductorInput.StoreAway();
    }

    public async Task<ConductorInput> RenewAsync(long session, Instant asked, CancellationToken stop)
    {
        if (_session?.Id != session)
            return new ConductorInput.SessionOver(session);
        var renewed = await WithinAsync(cancellation => _store.RenewAsync(_session, cancellation), stop);
        return renewed switch
        {
            { Succeeded: true } => await RenewedAsync(session, asked, stop),
            { Error: StoreError.Conflict } => new ConductorInput.SessionOver(session),
            _ => new ConductorInput.StoreAway(),
        };
    }

    /// <summary>It is told to the conductor besides; one that cannot be written is written behind a renewal of the session.</summary>
    public Task AckAsync(Assignment acked, CancellationToken stop)
    {
        _entry = _entry with { Acked = acked };
        return WriteEntryAsync(stop);
    }

    private async Task<ConductorInput> RenewedAsync(long session, Instant asked, CancellationToken stop)
    {
        if (_written != _entry)
            await WriteEntryAsync(stop);
        return new ConductorInput.SessionRenewed(session, asked);
    }

    /// <returns>Who has it now; null where this member has no session.</returns>
    public async Task<ConductorInput?> TakeLeaseAsync(CancellationToken stop)
    {
        if (_session is not { } session)
            return null;
        var written = await WithinAsync(cancellation => _store.WriteAsync(_lease, Encoding.UTF8.GetBytes(Me.Id), 0, session, cancellation), stop);
        return written.Succeeded
            ? new ConductorInput.LeaseSeen(Me.Id, written.Value)
            : await ReadLeaseAsync(0, stop) ?? new ConductorInput.LeaseSeen(null);
    }

    /// <param name="question">Behind which it is read.</param>
    /// <returns>Null where the store does not answer.</returns>
    public async Task<ConductorInput?> ReadLeaseAsync(long question, CancellationToken stop)
    {
        var read = await WithinAsync(cancellation => _store.ReadAsync(_lease, cancellation), stop);
        return read switch
        {
            { Succeeded: false } => null,
            { Value: { } holder } => new ConductorInput.LeaseSeen(Encoding.UTF8.GetString(holder.Value.Span), holder.Version, question),
            _ => new ConductorInput.LeaseSeen(null, 0, question),
        };
    }

    /// <summary>By a fresh look; false too where the store does not answer.</summary>
    public async Task<bool> HoldsLeaseAsync(CancellationToken stop) => await ReadLeaseAsync(0, stop) is ConductorInput.LeaseSeen { Holder: { } holder } && holder == Me.Id;

    /// <returns>By id; null where the store does not answer.</returns>
    public async Task<IReadOnlyDictionary<string, MemberEntry>?> ListAsync(CancellationToken stop)
    {
        var listed = await WithinAsync(cancellation => _store.ListAsync(_members, cancellation), stop);
        if (!listed.Succeeded)
            return null;
        var members = new Dictionary<string, MemberEntry>();
        foreach (var one in listed.Value)
        {
            if (JsonSerializer.Deserialize(one.Value.Span, MembersJson.Default.MemberEntry) is { } entry)
                members[one.Key[_members.Length..]] = entry;
            else
                _logger.MemberUnreadable(one.Key);
        }
        return members;
    }

    /// <summary>The entry of a member whose session lives; null where it does not.</summary>
    public async ValueTask<StoreResult<MemberEntry?>> FindAsync(string member, CancellationToken stop)
    {
        var read = await WithinAsync(cancellation => _store.ReadAsync(_members + member, cancellation), stop);
        return new(read is { Succeeded: true, Value: { } entry } ? JsonSerializer.Deserialize(entry.Value.Span, MembersJson.Default.MemberEntry) : null, read.Error, read.Detail);
    }

    public async Task WatchLeaseAsync(Action<ConductorInput> tell, CancellationToken stop)
    {
        await foreach (var change in _store.WatchAsync(_lease, stop))
        {
            if (change.Key == _lease)
                tell(new ConductorInput.LeaseSeen(change.Value is { } holder ? Encoding.UTF8.GetString(holder.Span) : null, change.Version));
            // that there is none has no version, and comes with the next list
            else if (change.IsGap && await ReadLeaseAsync(0, stop) is ConductorInput.LeaseSeen { Holder: not null } seen)
                tell(seen);
        }
    }

    /// <summary>What another member wrote is told by it, too; the store says that it stands there (R1.6).</summary>
    public async Task WatchAssignmentAsync(Action<ConductorInput> tell, CancellationToken stop)
    {
        await foreach (var change in _store.WatchAsync(_assignment, stop))
        {
            if (change.IsGap)
                await TellAssignmentAsync(tell, stop);
            // another cluster's name may begin alike
            else if (change.Key == _assignment && change.Value is { } bytes && AssignmentJson.Read(bytes) is { } assignment)
                tell(new ConductorInput.Saw(assignment, Stored: true));
        }
    }

    /// <summary>What stands there now, where the store answers: a watch may be late, or told of nothing.</summary>
    public async Task TellAssignmentAsync(Action<ConductorInput> tell, CancellationToken stop)
    {
        var read = await WithinAsync(cancellation => _store.ReadAsync(_assignment, cancellation), stop);
        if (read is { Succeeded: true, Value: { } stored } && AssignmentJson.Read(stored.Value) is { } assignment)
            tell(new ConductorInput.Saw(assignment, Stored: true));
    }

    /// <summary>Also at the beginning, and behind what may have been missed.</summary>
    public async Task WatchAsync(string prefix, Action changed, CancellationToken stop)
    {
        await foreach (var _ in _store.WatchAsync(prefix, stop))
            changed();
    }

    public async Task EndAsync()
    {
        if (_session is not { } session)
            return;
        // a store that is away: the session runs out by itself
        await WithinAsync(cancellation => _store.EndAsync(session, cancellation), EndPatience, CancellationToken.None);
    }

    private async Task<bool> WriteEntryAsync(CancellationToken stop)
    {
        if (_session is not { } session)
            return false;
        var key = _members + Me.Id;
        var bytes = JsonSerializer.SerializeToUtf8Bytes(_entry, MembersJson.Default.MemberEntry);
        var written = await WithinAsync(cancellation => _store.WriteAsync(key, bytes, _version, session, cancellation), stop);
        if (written.Error == StoreError.Conflict)
        {
            // an outcome that was not seen, or a session that is over
            var read = await WithinAsync(cancellation => _store.ReadAsync(key, cancellation), stop);
            written = read.Succeeded
                ? await WithinAsync(cancellation => _store.WriteAsync(key, bytes, read.Value?.Version ?? 0, session, cancellation), stop)
                : new(default, read.Error, read.Detail);
        }
        if (written.Succeeded)
            (_version, _written) = (written.Value, _entry);
        return written.Succeeded;
    }

    /// <summary>Sooner than the store's own patience: a session does not wait for an answer that would come too late.</summary>
    private ValueTask<StoreResult<T>> WithinAsync<T>(Func<CancellationToken, ValueTask<StoreResult<T>>> ask, CancellationToken stop) =>
        WithinAsync(ask, _times.Ttl / 3, stop);

    private async ValueTask<StoreResult<T>> WithinAsync<T>(Func<CancellationToken, ValueTask<StoreResult<T>>> ask, TimeSpan patience, CancellationToken stop)
    {
        using var deadline = new CancellationTokenSource(patience, _time);
        using var any = CancellationTokenSource.CreateLinkedTokenSource(deadline.Token, stop);
        try
        {
            return await ask(any.Token);
        }
        catch (OperationCanceledException) when (!stop.IsCancellationRequested)
        {
            return new(default!, StoreError.Unavailable, $"It did not answer within {patience.TotalSeconds:0.#} s.");
        }
    }
}
