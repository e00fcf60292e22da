namespace Segue.Rehearsal.Statements;

internal enum PollVerdict
{
    /// <summary>Here is the page.</summary>
    Page,

    /// <summary>410: the token is older than the one page that can be replayed.</summary>
    Gone,

    /// <summary>404: the token was never handed out.</summary>
    NotFound,
}

/// <summary>The tokens of the executing phase: the last page can be asked for again, an older one is gone (protocol.md §1.2).</summary>
internal sealed class PageCursor : IDisposable
{
    private readonly SemaphoreSlim _one = new(1);
    private readonly Lock _gate = new();
    private ResultPage? _last;
    private long _queued;

    /// <summary>True where a token of the queued phase is the current one or the next.</summary>
    public bool AcceptQueued(long token)
    {
        lock (_gate)
        {
            if (token != _queued && token != _queued + 1)
                return false;
            _queued = token;
            return true;
        }
    }

    public async Task<(PollVerdict Verdict, ResultPage? Page)> PollAsync(
        Query query, long token, TimeSpan wait, TimeProvider time, CancellationToken cancellation)
    {
        await _one.WaitAsync(cancellation);
        try
        {
            if (_last is { } last)
            {
                if (token == last.Token)
                    return (PollVerdict.Page, last);
                if (token < last.Token)
                    return (PollVerdict.Gone, null);
                if (last.Last)
                    return (PollVerdict.NotFound, null);
            }
            if (token != (_last?.Token ?? -1) + 1)
                return (PollVerdict.NotFound, null);
            _last = await NextAsync(query, token, wait, time, cancellation);
            return (PollVerdict.Page, _last);
        }
        finally
        {
            _one.Release();
        }
    }

    public void Dispose() => _one.Dispose();

    private static async Task<ResultPage> NextAsync(
        Query query, long token, TimeSpan wait, TimeProvider time, CancellationToken cancellation)
    {
        using var patience = new CancellationTokenSource(wait, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(patience.Token, cancellation);
        try
        {
            await query.Output.WaitToReadAsync(either.Token);
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            // the long poll is over: answer without rows
        }
        if (query.Error is null && query.Output.TryRead(out var chunk))
            return new ResultPage(token, chunk, Last: false, "RUNNING");
        return new ResultPage(token, null, query.Done, query.State);
    }
}
