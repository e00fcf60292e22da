using System.Collections.Immutable;
using System.Runtime.CompilerServices;
using System.Threading.Channels;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Logging;

namespace Segue.Server.Store;

/// <summary>
/// The store of a deployment with one member: a SQLite file. One thread does everything in the order asked; what is waiting together is
/// committed together, and nothing is answered before its commit is on the disk.
/// </summary>
public sealed class EmbeddedStore : ISessionStore
{
    private const int MaxWaiting = 4096;
    private const int MaxBatch = 256;

    private readonly Channel<StoreOperation> _waiting =
        Channel.CreateBounded<StoreOperation>(new BoundedChannelOptions(MaxWaiting) { SingleReader = true });

    private readonly StoreTables _tables;
    private readonly EmbeddedSessions _sessions;
    private readonly string _file;
    private readonly ILogger _logger;
    private readonly Task _thread;
    private ImmutableArray<EmbeddedWatch> _watches = [];

    // what was said of it last: a disk that stays full is said once
    private string? _trouble;

    private EmbeddedStore(string file, StoreTables tables, ILogger logger, TimeProvider time)
    {
        // a session that may be over needs a commit to be
        _sessions = new EmbeddedSessions(time,
            () => _waiting.Writer.TryWrite(new StoreOperation<bool>(static _ => new(true, StoreError.None, null), CancellationToken.None)));
        _file = file;
        _tables = tables;
        _logger = logger;
        // SQLite blocks: a thread of its own keeps that off the pool
        _thread = Task.Factory.StartNew(Work, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
    }

    /// <exception cref="StoreStartException">The file cannot be used.</exception>
    public static EmbeddedStore Open(DataDirectory directory, ILogger logger, TimeProvider time) =>
        new(directory.StoreFile, new StoreTables(StoreFile.Open(directory.StoreFile)), logger, time);

    public ValueTask<StoreResult<VersionedValue?>> ReadAsync(string key, CancellationToken cancellation) =>
        Ask(tables => tables.Read(key), cancellation);

    public ValueTask<StoreResult<ImmutableArray<VersionedValue>>> ListAsync(string prefix, CancellationToken cancellation) =>
        Ask(tables => tables.List(prefix), cancellation);

    public ValueTask<StoreResult<long>> WriteAsync(string key, ReadOnlyMemory<byte> value, long expected, CancellationToken cancellation) =>
        Ask(tables => tables.Write(key, value, expected), cancellation);

    public ValueTask<StoreResult<bool>> DeleteAsync(string key, long expected, CancellationToken cancellation) =>
        Ask(tables => tables.Delete(key, expected), cancellation);

    public ValueTask<StoreResult<StoreSession>> OpenSessionAsync(TimeSpan ttl, CancellationToken cancellation) =>
        Ask<StoreSession>(_ => new(_sessions.Open(ttl), StoreError.None, null), cancellation);

    public ValueTask<StoreResult<bool>> RenewAsync(StoreSession session, CancellationToken cancellation) =>
        Ask<bool>(_ => _sessions.Renew(session) ? new(true, StoreError.None, null) : new(false, StoreError.Conflict, StoreConflict.Over(session)), cancellation);

    public ValueTask<StoreResult<bool>> EndAsync(StoreSession session, CancellationToken cancellation) => Ask<bool>(
        tables =>
        {
            _sessions.End(session);
            tables.End(session.Id);
            return new(true, StoreError.None, null);
        },
        cancellation);

    public ValueTask<StoreResult<long>> WriteAsync(
        string key, ReadOnlyMemory<byte> value, long expected, StoreSession session, CancellationToken cancellation) => Ask(
        tables => _sessions.Lives(session)
            ? tables.Write(key, value, expected, session.Id)
            : new StoreResult<long>(0, StoreError.Conflict, StoreConflict.Over(session)),
        cancellation);

    public async IAsyncEnumerable<StoreChange> WatchAsync(string prefix, [EnumeratorCancellation] CancellationToken cancellation)
    {
        var watch = new EmbeddedWatch(prefix);
        ImmutableInterlocked.Update(ref _watches, static (watches, added) => watches.Add(added), watch);
        if (_thread.IsCompleted)
            watch.Close();
        try
        {
            await foreach (var change in watch.RunAsync(cancellation))
                yield return change;
        }
        finally
        {
            ImmutableInterlocked.Update(ref _watches, static (watches, gone) => watches.Remove(gone), watch);
        }
    }

    /// <summary>Finishes what was asked before, then closes the file.</summary>
    public async ValueTask DisposeAsync()
    {
        if (!_waiting.Writer.TryComplete())
            return;
        await _thread;
        _sessions.Dispose();
        foreach (var watch in _watches)
            watch.Close();
        _tables.Dispose();
    }

    private ValueTask<StoreResult<T>> Ask<T>(Func<StoreTables, StoreResult<T>> work, CancellationToken cancellation)
    {
        var operation = new StoreOperation<T>(work, cancellation);
        if (_waiting.Writer.TryWrite(operation))
            return new(operation.Answer.WaitAsync(cancellation));
        return new(new StoreResult<T>(default!, StoreError.Unavailable, _waiting.Reader.Completion.IsCompleted || _thread.IsCompleted
            ? "The store is closed."
            : $"{MaxWaiting} operations are waiting for the store already."));
    }

    private void Work()
    {
        var batch = new List<StoreOperation>();
        while (_waiting.Reader.WaitToReadAsync().AsTask().GetAwaiter().GetResult())
        {
            while (batch.Count < MaxBatch && _waiting.Reader.TryRead(out var operation))
                batch.Add(operation);
            Commit(batch);
            batch.Clear();
        }
    }

    private void Commit(List<StoreOperation> batch)
    {
        try
        {
            using var transaction = _tables.Begin();
            var over = _sessions.Over();
            foreach (var session in over)
                _tables.End(session);
            foreach (var operation in batch)
                operation.Run(_tables);
            transaction.Commit();
            _sessions.Forget(over);
        }
        catch (Exception exception)
        {
            // whatever it was: nobody may wait for an answer that never comes
            if (_trouble != exception.Message)
                _logger.StoreFailed(exception is SqliteException ? null : exception, _file, exception.Message);
            _trouble = exception.Message;
            foreach (var operation in batch)
                operation.Fail($"The store failed: {exception.Message}");
            return;
        }
        // told first: who begins to watch after an answer is not told of it
        foreach (var watch in _watches)
            watch.Tell(_tables.Changes);
        foreach (var operation in batch)
            operation.Finish();
        Look();
    }

    /// <summary>A file that somebody removed takes writes as before, and nobody will ever read them.</summary>
    private void Look()
    {
        var trouble = File.Exists(_file) ? null : "the file was removed";
        if (trouble is not null && _trouble != trouble)
            _logger.StoreRemoved(_file);
        else if (trouble is null && _trouble is not null)
            _logger.StoreWorksAgain(_file);
        _trouble = trouble;
    }
}
