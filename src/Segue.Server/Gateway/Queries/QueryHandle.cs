using Microsoft.Extensions.Primitives;
using Segue.Core.Model;
using Segue.Core.Recovery;
using Segue.Core.Recovery.Resuming;
using Segue.Core.Recovery.Writes;
using Segue.Core.Routing;
using Segue.Server.Gateway.Pages;
using Segue.Server.Gateway.Resuming;
using Segue.Server.Gateway.Spooling;
using Segue.Server.Gateway.Statements;
using Segue.Server.Recovery;

namespace Segue.Server.Gateway.Queries;

/// <summary>The statement as the client's POST brought it: all that a new attempt needs.</summary>
/// <param name="Headers">Without hop-by-hop headers; a later attempt takes its credentials from the poll (R3.6).</param>
internal sealed record Submission(
    HttpMethod Method,
    string PathAndQuery,
    ReadOnlyMemory<byte> Body,
    IReadOnlyList<KeyValuePair<string, StringValues>> Headers,
    string User,
    StatementClass Class,
    string? Transaction,
    byte[] CredentialsHash)
{
    /// <summary>What keeping text and headers costs, in bytes.</summary>
    public long Size => Body.Length + Headers.Sum(header => (long)header.Key.Length + header.Value.ToString().Length);

    /// <summary>False once text and headers were given up: it cannot be submitted any more.</summary>
    public bool IsKept { get; private init; } = true;

    /// <summary>What an operator may see of its text; it stays when the text is given up.</summary>
    public string Gist { get; init; } = "";

    /// <summary>The table whose history tells whether the statement took effect; null for none.</summary>
    public WriteTarget? Target { get; init; }

    public Submission WithoutText() => this with { Body = default, Headers = [], IsKept = false };
}

/// <summary>What a client follows; it outlives the attempts behind it. Changed only inside its <see cref="Turn"/>.</summary>
internal sealed class QueryHandle : IDisposable
{
    private readonly SemaphoreSlim _turn = new(1, 1);
    private CancellationTokenSource? _stream;
    private int _ended;
    private volatile SegueError? _refusal;

    /// <summary>The client's id: the first attempt's, or one that Segue minted. Settled before the book has it.</summary>
    public required string Id { get; set; }

    /// <summary>Another member that is its owner (R3.2); null where this one is.</summary>
    public string? Owner { get; set; }

    /// <summary>Whose it was, as its token told; null where its POST came here.</summary>
    public string? TakenFrom { get; init; }

    /// <summary>This member's session when its POST came; another one since means that somebody else may have taken it over.</summary>
    public long? Session { get; init; }

    /// <summary>Null where only a token told of the query: Segue was restarted since, or another member had it.</summary>
    public required Submission? Submission { get; set; }

    /// <summary>Bytes of text and headers that <see cref="MemoryBudget"/> counts for it.</summary>
    public long TextBytes { get; set; }

    public required Instant Created { get; set; }

    public Attempt? Attempt { get; set; }

    /// <summary>How often a coordinator accepted it.</summary>
    public int Submits { get; set; }

    /// <summary>Runs that may have begun, the present one included.</summary>
    public int Runs { get; set; }

    /// <summary>The client was shown that it runs.</summary>
    public bool HasRun { get; set; }

    /// <summary>It may still be submitted: no write that runs is, unless it may be proven to have taken no effect.</summary>
    public bool NeedsText => CanBeResumed || (RowsDelivered == 0
        && !(MayHaveEffects && HasRun && Submission is { Target: null, Class.Kind: not StatementKind.CreateIfNotExists }));

    /// <summary>Another run may go on behind delivered rows (R7).</summary>
    public bool CanBeResumed => !EncodedDelivered && Submission is { IsKept: true, Transaction: null, Class.Kind: StatementKind.Read };

    /// <summary>The store is asked what a process before knew of it; null where there is nothing to ask, or no more.</summary>
    public Task<Remembered>? Remembering { get; set; }

    /// <summary>A run that the store tells of, later than the one of the client's token.</summary>
    public Attempt? LaterRun { get; set; }

    /// <summary>What is known of it as a write that was lost; null before.</summary>
    public WriteStory? Write { get; set; }

    /// <summary>The coordinator whose answer to a POST that begins the statement never came (R6.2).</summary>
    public string? LostPost { get; set; }

    /// <summary>Coordinators that died while this query ran on them (R6.4).</summary>
    public int CoordinatorsLost { get; set; }

    /// <summary>Rows that the client was sent (R3.5).</summary>
    public RowTally Delivered { get; set; }

    public long RowsDelivered => Delivered.Rows;

    /// <summary>The key of their hashes.</summary>
    public required ulong RowKey { get; init; }

    /// <summary>The hash of each of them; null where none are kept.</summary>
    public RowHashes? Hashes { get; set; }

    /// <summary>A new run that is compared with them, or what was kept aside of it.</summary>
    public QueryResume? Resume { get; set; }

    /// <summary>They were encoded, and <see cref="RowsDelivered"/> counts pages (R4.3).</summary>
    public bool EncodedDelivered { get; set; }

    /// <summary>The encoding of rows that the client was told; null before, and for plain rows.</summary>
    public string? EncodingShown { get; set; }

    /// <summary>The columns that the client was shown; 0 before.</summary>
    public ulong ColumnsShown { get; set; }

    /// <summary>True once the client was told of a change of its session, e.g. a transaction's id.</summary>
    public bool SessionOutcomeDelivered { get; set; }

    /// <summary>The sequence of the last token that was answered; the next one polls on.</summary>
    public long Answered { get; set; }

    /// <summary>What the last answer's nextUri says: another token of the same sequence follows an answer that was replaced since.</summary>
    public QueryToken? Issued { get; set; }

    /// <summary>Kept until the successor was polled: every token can be answered twice (R3.8).</summary>
    public Answer? LastAnswer { get; set; }

    /// <summary>Pages that no client has seen yet.</summary>
    public Queue<UpstreamPage> HeldBack { get; } = new();

    /// <summary>The whole result, or its beginning, where all of it is kept back; its pages come before those of <see cref="HeldBack"/>.</summary>
    public ResultSpool? Spool { get; private set; }

    /// <summary>When the first row of this attempt came, while rows are held back.</summary>
    public Instant? FirstRow { get; set; }

    /// <summary>The coordinator says that the query is done: what is left to fetch costs round trips alone, so it is held back whole (within the bytes).</summary>
    public bool Draining { get; set; }

    /// <summary>A page that ended for the client before its end: its replay begins behind the rows that were sent.</summary>
    public (string Path, long RowsSent)? BrokenPage { get; set; }

    /// <summary>Since when it waits without a running attempt; null while it runs.</summary>
    public Instant? WaitingSince { get; set; }

    public Instant LastSeen { get; set; }

    /// <summary>True before the end is answered: nothing starts an attempt after it (R3.3).</summary>
    public bool Ended => Volatile.Read(ref _ended) != 0;

    /// <summary>Its client has cancelled it, before it had another end.</summary>
    public bool CanceledByClient { get; private set; }

    /// <summary>Why no attempt of it may begin or go on, whatever its coordinator says: it cannot even be held, or an operator cancelled it. Its next poll says so.</summary>
    public SegueError? Refusal
    {
        get => _refusal;
        set => _refusal = value;
    }

    /// <summary>The error with which a member ended it that is gone; whether its client was told is not known.</summary>
    public string? EndElsewhere { get; set; }

    /// <summary>An operator ended it, and its client may not know yet.</summary>
    public bool CanceledByOperator => Refusal == SegueErrors.Canceled;

    public QueryStory Story { get; } = new();

    /// <summary>What the token of an adopted handle says of its statement.</summary>
    public bool AdoptedWithEffects { get; init; }

    public bool MayHaveEffects => Submission is null ? AdoptedWithEffects : Submission.Class.Kind is not (StatementKind.Read or StatementKind.SessionOnly);

    /// <summary>
    /// Nothing more is to be had from the attempt: its coordinator is gone, or it is a read that runs again elsewhere; a write's own end is waited for
    /// (R6). Or an operator cancelled it.
    /// </summary>
    public bool IsUseless(Attempt attempt, RoutingSnapshot snapshot)
    {
        if (Refusal is not null)
            return true;
        var fate = attempt.Place.FateIn(snapshot);
        return fate == AttemptFate.Lost || (fate == AttemptFate.Superseded && !MayHaveEffects);
    }

    /// <summary>A coordinator accepted it.</summary>
    public void Take(Attempt attempt, Instant now)
    {
        Tell(now, MomentKind.Submitted, attempt.Place.Coordinator, attempt.QueryId);
        Attempt = attempt;
        Submits++;
        if (attempt.MayHaveBegun)
            Runs++;
    }

    public void Tell(Instant now, MomentKind kind, string subject, string? text = null) => Story.Tell(now, kind, subject, text, RowsDelivered);

    /// <summary>True for the one caller that ends it.</summary>
    public bool TryEnd(bool byClient = false)
    {
        if (Interlocked.Exchange(ref _ended, 1) != 0)
            return false;
        CanceledByClient = byClient;
        return true;
    }

    /// <summary>
    /// Ends every request of this query that came before, running or waiting, and waits for its turn: one stream per handle (R3.5). Who asks
    /// after <see cref="TryEnd"/> sees the end, who asked before is ended: the exchange orders the two.
    /// </summary>
    public async Task<Turn> TakeTurnAsync(CancellationToken cancellation)
    {
        // never disposed, because a later request may cancel it at any time; what it is linked to ends with its request
        var stream = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        Interlocked.Exchange(ref _stream, stream)?.Cancel();
        await _turn.WaitAsync(stream.Token);
        return new Turn(this, stream);
    }

    /// <summary>The turn where nobody has it, without ending anything.</summary>
    public Turn? TryTakeIdleTurn() => _turn.Wait(0) ? new Turn(this, new CancellationTokenSource()) : null;

    /// <summary>The turn behind who has it and who waits for it, without ending anything.</summary>
    public async Task<Turn> WaitForTurnAsync(CancellationToken cancellation)
    {
        await _turn.WaitAsync(cancellation);
        return new Turn(this, new CancellationTokenSource());
    }

    /// <summary>The successor of the last token is asked for: what was kept for it is free.</summary>
    public void ForgetAnswer()
    {
        LastAnswer?.Page?.Dispose();
        LastAnswer = null;
    }

    public void DropHeldBack()
    {
        while (HeldBack.TryDequeue(out var page))
            page.Dispose();
        FirstRow = null;
        Draining = false;
        DropSpool();
    }

    /// <summary>The rest of its pages is kept back in whole.</summary>
    public ResultSpool BeginSpool(ResultSpool spool) => Spool = spool;

    public void DropSpool()
    {
        Spool?.Dispose();
        Spool = null;
    }

    /// <summary>Nothing is compared any more, and nothing is left of what was kept aside.</summary>
    public void DropResume()
    {
        Resume?.Dispose();
        Resume = null;
    }

    public void Dispose()
    {
        DropHeldBack();
        DropResume();
        ForgetAnswer();
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
