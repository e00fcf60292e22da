using Microsoft.Extensions.Primitives;
using Segue.Core.Model;
using Segue.Core.Protocol;
using Segue.Core.Recovery;
using Segue.Core.Routing;

namespace Segue.Server.Gateway;

/// <summary>The statement as the client's POST brought it: all that a new attempt needs.</summary>
/// <param name="Headers">Without hop-by-hop headers; a later attempt takes its credentials from the poll (R3.6).</param>
internal sealed record Submission(
    HttpMethod Method,
    string PathAndQuery,
    ReadOnlyMemory<byte> Body,
    IReadOnlyList<KeyValuePair<string, StringValues>> Headers,
    string User,
    StatementClass Class,
    string? Transaction)
{
    /// <summary>What holding it costs, in bytes.</summary>
    public long Size { get; } = Body.Length + Headers.Sum(header => (long)header.Key.Length + header.Value.ToString().Length);
}

/// <summary>What a client follows; it outlives the attempts behind it. Changed only inside its <see cref="Turn"/>.</summary>
internal sealed class QueryHandle : IDisposable
{
    private readonly SemaphoreSlim _turn = new(1, 1);
    private CancellationTokenSource? _stream;

    /// <summary>The client's id: the first attempt's, or one that Segue minted.</summary>
    public required string Id { get; init; }

    /// <summary>Null where only a token told of the query: Segue was restarted since.</summary>
    public required Submission? Submission { get; init; }

    public required Instant Created { get; init; }

    public Attempt? Attempt { get; set; }

    public int AttemptsUsed { get; set; }

    /// <summary>Coordinators that died while this query ran on them (R6.4).</summary>
    public int CoordinatorsLost { get; set; }

    /// <summary>Rows that the client was sent, all attempts together.</summary>
    public long RowsDelivered { get; set; }

    /// <summary>The columns that the client was shown; 0 before.</summary>
    public ulong ColumnsShown { get; set; }

    /// <summary>True once the client was told of a change of its session, e.g. a transaction's id.</summary>
    public bool SessionOutcomeDelivered { get; set; }

    /// <summary>The sequence of the last token that was answered; the next one polls on.</summary>
    public long Answered { get; set; }

    /// <summary>Kept until the successor was polled: every token can be answered twice (R3.8).</summary>
    public Answer? LastAnswer { get; set; }

    /// <summary>Pages that no client has seen yet.</summary>
    public Queue<UpstreamPage> HeldBack { get; } = new();

    /// <summary>When the first row of this attempt came, while rows are held back.</summary>
    public Instant? FirstRow { get; set; }

    /// <summary>The coordinator says that the query is done: what is left to fetch costs round trips alone, so it is held back whole (within the bytes).</summary>
    public bool Draining { get; set; }

    /// <summary>A page that ended for the client before its end: its replay begins behind the rows that were sent.</summary>
    public (string Path, long RowsSent)? BrokenPage { get; set; }

    /// <summary>Since when it waits without a running attempt; null while it runs.</summary>
    public Instant? WaitingSince { get; set; }

    public Instant LastSeen { get; set; }

    /// <summary>Set before the end is answered: nothing starts an attempt after it (R3.3).</summary>
    public bool Ended { get; set; }

    /// <summary>The error it ended with, where Segue made it: its token can be answered again.</summary>
    public PageError? FinalError { get; set; }

    /// <summary>Why it cannot even be held; its first poll says so.</summary>
    public SegueError? Refusal { get; set; }

    /// <summary>What the token of an adopted handle says of its statement.</summary>
    public bool AdoptedWithEffects { get; init; }

    public bool MayHaveEffects => Submission is null ? AdoptedWithEffects : Submission.Class.Kind is not (StatementKind.Read or StatementKind.SessionOnly);

    /// <summary>Nothing more is to be had from the attempt: its coordinator is gone, or it is a read that runs again elsewhere; a write's own end is waited for (R6).</summary>
    public bool IsUseless(Attempt attempt, RoutingSnapshot snapshot)
    {
        var fate = attempt.Place.FateIn(snapshot);
        return fate == AttemptFate.Lost || (fate == AttemptFate.Superseded && !MayHaveEffects);
    }

    /// <summary>Ends the stream that is under way, waits for its end, and begins a new one: one stream per handle (R3.5).</summary>
    public async Task<Turn> TakeTurnAsync(CancellationToken cancellation)
    {
        Volatile.Read(ref _stream)?.Cancel();
        await _turn.WaitAsync(cancellation);
        var stream = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        Volatile.Write(ref _stream, stream);
        return new Turn(this, stream);
    }

    public void DropHeldBack()
    {
        while (HeldBack.TryDequeue(out var page))
            page.Dispose();
        FirstRow = null;
        Draining = false;
    }

    public void Dispose()
    {
        DropHeldBack();
        LastAnswer?.Page?.Dispose();
    }

    internal sealed class Turn(QueryHandle handle, CancellationTokenSource stream) : IDisposable
    {
        /// <summary>Ends when the client goes away or another poll takes over.</summary>
        public CancellationToken Cancellation => stream.Token;

        public void Dispose()
        {
            Interlocked.CompareExchange(ref handle._stream, null, stream);
            handle._turn.Release();
        }
    }
}

/// <summary>What a token was answered with, so that it can be answered again.</summary>
/// <param name="Page">A coordinator's page whose bytes are still here; null where they went by.</param>
/// <param name="Path">Where the coordinator replays the page; null for a page that Segue made.</param>
/// <param name="RowsBefore">Rows delivered before this page.</param>
internal sealed record Answer(UpstreamPage? Page, string? Path, long RowsBefore);
