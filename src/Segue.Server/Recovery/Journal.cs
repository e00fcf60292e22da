using System.Security.Cryptography;
using Microsoft.Extensions.Logging;
using Segue.Core.Model;
using Segue.Core.Recovery.Journal;
using Segue.Server.Store;
using Segue.Server.Telemetry;

namespace Segue.Server.Recovery;

/// <summary>What the journal has of a query; neither where it has nothing.</summary>
/// <param name="Problem">Why that is not known.</param>
internal sealed record JournalFinding(JournalEntry? Entry, string? Problem);

/// <summary>
/// Writes running statements into the store behind the requests (I8): the last state of each, a moment after it was noted, so that what ends sooner costs
/// nothing. A store that is slow or down delays nobody: what waits for it is bounded, and left out past that.
/// </summary>
/// <param name="owner">This process: what it wrote is its own.</param>
/// <param name="ended">Ends that outlive this process before the store knows of them.</param>
internal sealed class Journal(
    string cluster, string owner, IStore store, JournalSeal seal, EndedQueries ended, SegueMetrics metrics, TimeProvider time, ILogger log) : IAsyncDisposable
{
    /// <summary>Most statements have ended by then.</summary>
    public static readonly TimeSpan WrittenAfter = TimeSpan.FromMilliseconds(100);

    private static readonly TimeSpan RetryAfter = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan LastPatience = TimeSpan.FromSeconds(2);

    private readonly string _prefix = $"journal/{cluster}/";
    private readonly JournalBacklog _backlog = new();
    private readonly CancellationTokenSource _stopping = new();
    private JournalLeftBehind? _left;
    private Task _work = Task.CompletedTask;
    private string? _trouble;
    private bool _full;

    private Instant Now => new(time.GetElapsedTime(0, time.GetTimestamp()));

    /// <param name="clientsStay">How long after the start a client of the process before may come: what nobody came for is removed then.</param>
    /// <param name="members">Null where no other process writes while this one runs.</param>
    public void Start(TimeSpan clientsStay, JournalMembers? members = null)
    {
        _left = new JournalLeftBehind(_prefix, owner, store, seal, _backlog, ended, members, time, log);
        _work = Task.WhenAll(WorkAsync(), _left.RunAsync(clientsStay, _stopping.Token));
    }

    /// <summary>The query stands so now. Never waits.</summary>
    /// <param name="bytes">What it takes until it is written.</param>
    /// <param name="entry">Asked for only where it is written.</param>
    public void Note(string query, long bytes, Func<JournalEntry> entry)
    {
        var noted = _backlog.TryNote(query, bytes, entry, Now + WrittenAfter);
        if (!noted)
            metrics.Journaled(cluster, "left_out");
        // once, until there is room again
        if (!Interlocked.Exchange(ref _full, !noted) && !noted)
            RecoveryLog.JournalFull(log, cluster, JournalBacklog.MaxBytes >> 20);
    }

    /// <summary>The query has ended: nothing may begin it again, whatever becomes of this process (R3.3). Its entry is removed, and that is not waited for.</summary>
    /// <param name="read">Behind this its entry is removed; null at once.</param>
    /// <param name="others">The entry may be another member's.</param>
    public void End(string query, bool canceled = false, Task? read = null, bool others = false)
    {
        if (others)
            _backlog.Follow(query);
        if (canceled || read is not null || _backlog.Has(query))
            ended.Add(query, canceled);
        if (read is null)
            _backlog.Forget(query);
        else
            _ = ForgetBehindAsync(query, read);
    }

    /// <summary>A client cancelled it, or an operator did, while an earlier process ran; no coordinator may know that.</summary>
    public bool WasCanceled(string query) => ended.HasCanceled(query);

    /// <summary>Another member has it, and its entry: nothing is written of it here any more.</summary>
    public void Leave(string query) => _backlog.Leave(query);

    /// <summary>Whether the store has an entry of another member's query; not where it does not tell.</summary>
    public async Task<bool> KnowsAsync(string query) => await store.ReadAsync(_prefix + query, CancellationToken.None) is { Succeeded: true, Value: not null };

    /// <summary>What a process before knew of a query. From here on its entry ends with it.</summary>
    public async Task<JournalFinding> FindAsync(string query)
    {
        if (ended.Has(query))
            return new JournalFinding(null, null);
        var slot = _backlog.Follow(query);
        _left?.Found(query);
        var read = await store.ReadAsync(_prefix + query, CancellationToken.None);
        if (!read.Succeeded)
            return new JournalFinding(null, read.Detail ?? read.Error.ToString());
        _backlog.Found(slot, read.Value?.Version ?? 0);
        if (read.Value is not { } stored)
            return new JournalFinding(null, null);
        var entry = seal.Open(query, stored.Value.Span);
        if (entry is null)
            RecoveryLog.JournalUnreadable(log, 1);
        return new JournalFinding(entry, null);
    }

    /// <summary>Writes of other members, and of a process before whose clients may still come, on a coordinator (R8.1).</summary>
    public IEnumerable<string> LeftOn(string coordinator) => _left?.WritesOn(coordinator) ?? [];

    /// <summary>Writes what still waits, once: clients go on behind a restart.</summary>
    public async ValueTask DisposeAsync()
    {
        _stopping.Cancel();
        _backlog.Wake();
        try
        {
            await FinishAsync().WaitAsync(LastPatience, time);
        }
        catch (TimeoutException)
        {
            RecoveryLog.JournalFails(log, cluster, $"it did not answer within {LastPatience.TotalSeconds:0} s.");
        }
        _stopping.Dispose();
    }

    private async Task WorkAsync()
    {
        while (true)
        {
            // a store that fails is tried now and then, with one
            var (batch, next) = _trouble is null ? _backlog.Take(Now) : _backlog.Take(Now, most: 1);
            await Task.WhenAll(batch.Select(CarryOutAsync));
            if (_stopping.IsCancellationRequested)
                return;
            if (batch.Count > 0 && _trouble is not null)
                await Task.WhenAny(Task.Delay(RetryAfter, time, _stopping.Token));
            else if (batch.Count == 0)
                await (next is { } due ? Task.WhenAny(_backlog.More, Task.Delay(Positive(due - Now), time, _stopping.Token)) : _backlog.More);
        }
    }

    private async Task FinishAsync()
    {
        await _work;
        // each once: what failed waits for a time that does not come any more
        for (var left = _backlog.Waiting; left > 0;)
        {
            var (batch, _) = _trouble is null ? _backlog.Take(by: null) : _backlog.Take(by: null, most: 1);
            if (batch.Count == 0)
                return;
            left -= batch.Count;
            await Task.WhenAll(batch.Select(CarryOutAsync));
        }
    }

    private async Task CarryOutAsync(JournalWork work)
    {
        var outcome = await AskStoreAsync(work);
        if (outcome.Succeeded)
            _backlog.Done(work, outcome.Value);
        else if (outcome.Error == StoreError.Conflict)
            _backlog.Lost(work);
        else
            _backlog.Failed(work, Now + RetryAfter);
        if (outcome.Error != StoreError.Conflict)
            Say(outcome.Succeeded ? null : outcome.Detail ?? outcome.Error.ToString());
        metrics.Journaled(cluster, !outcome.Succeeded ? "failed" : work.Entry is null ? "removed" : "written");
    }

    /// <returns>The version that the store has then.</returns>
    private async Task<StoreResult<long>> AskStoreAsync(JournalWork work)
    {
        var (query, version) = (work.Slot.Query, work.Version);
        var key = _prefix + query;
        if (version is null)
        {
            // what became of the last write is not known
            var read = await store.ReadAsync(key, CancellationToken.None);
            if (!read.Succeeded)
                return new(0, read.Error, read.Detail);
            // what is there may be of who has taken it over since
            if (!work.Slot.Followed && read.Value is { } stored && seal.Open(query, stored.Value.Span) is { } entry && entry.Owner != owner)
                return new(0, StoreError.Conflict, null);
            version = read.Value?.Version ?? 0;
        }
        if (work.Entry is not null)
            return await store.WriteAsync(key, seal.Seal(query, work.Entry(), RandomNumberGenerator.GetBytes(JournalSeal.NonceSize)), version.Value, CancellationToken.None);
        if (version == 0)
            return new(0, StoreError.None, null);
        var deleted = await store.DeleteAsync(key, version.Value, CancellationToken.None);
        return new(0, deleted.Error, deleted.Detail);
    }

    /// <summary>What the store is just asked for is read before it is removed: it names the runs that are to be ended.</summary>
    private async Task ForgetBehindAsync(string query, Task read)
    {
        await read;
        _backlog.Forget(query);
    }

    /// <summary>Once, until it is otherwise.</summary>
    private void Say(string? problem)
    {
        var before = Interlocked.Exchange(ref _trouble, problem);
        if (problem is not null && before is null)
            RecoveryLog.JournalFails(log, cluster, problem);
        else if (problem is null && before is not null)
            RecoveryLog.JournalWorksAgain(log, cluster);
    }

    private static TimeSpan Positive(TimeSpan span) => span > TimeSpan.Zero ? span : TimeSpan.Zero;
}
