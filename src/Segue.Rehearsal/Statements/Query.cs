using System.Threading.Channels;

namespace Segue.Rehearsal.Statements;

/// <summary>A column as a client sees it; the type is bigint, double, varchar, boolean or date.</summary>
internal readonly record struct Column(string Name, string Type);

/// <summary>Rows that were made together: the JSON array of them.</summary>
internal readonly record struct Chunk(ReadOnlyMemory<byte> Rows, int Count);

/// <summary>One answer of the executing phase; kept until its successor is asked for.</summary>
internal sealed record ResultPage(long Token, Chunk? Data, bool Last, string State);

/// <summary>A statement from its submission to its last page.</summary>
internal sealed class Query(string id, Slug slug, StatementRequest request, DateTimeOffset created) : IDisposable
{
    private readonly Lock _gate = new();
    private readonly CancellationTokenSource _ended = new();
    private readonly Channel<Chunk> _output = Channel.CreateBounded<Chunk>(2);
    private readonly TaskCompletionSource _dispatched = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private bool _submitted;

    public string Id { get; } = id;

    public StatementRequest Request { get; } = request;

    public DateTimeOffset Created { get; } = created;

    public Slug Slug { get; } = slug;

    public PageCursor Pages { get; } = new();

    /// <summary>Cancelled when the query ends, however it ends.</summary>
    public CancellationToken Ended => _ended.Token;

    /// <summary>Completed when the query has left the queue.</summary>
    public Task Dispatched => _dispatched.Task;

    public ChannelReader<Chunk> Output => _output.Reader;

    public string State { get; private set; } = "QUEUED";

    /// <summary>True once a poll has started it.</summary>
    public bool Polled => _submitted;

    public bool Done => State is "FINISHED" or "FAILED";

    public QueryError? Error { get; private set; }

    public IReadOnlyList<Column>? Columns { get; set; }

    public string? UpdateType { get; set; }

    public long? UpdateCount { get; set; }

    public long Rows { get; private set; }

    /// <summary>Session headers of the response, by the part behind the prefix.</summary>
    public List<KeyValuePair<string, string>> SessionHeaders { get; } = [];

    /// <summary>True for the one caller that has to start the query.</summary>
    public bool TrySubmit()
    {
        lock (_gate)
        {
            if (_submitted)
                return false;
            return _submitted = true;
        }
    }

    public void Enter(string state)
    {
        lock (_gate)
        {
            if (!Done)
                State = state;
        }
        if (state == "RUNNING")
            _dispatched.TrySetResult();
    }

    public async ValueTask AddAsync(Chunk chunk)
    {
        Rows += chunk.Count;
        await _output.Writer.WriteAsync(chunk, Ended);
    }

    public void Finish() => End("FINISHED", null);

    /// <returns>False where it had ended before.</returns>
    public bool Fail(QueryError error) => End("FAILED", error);

    public void Dispose()
    {
        _ended.Dispose();
        Pages.Dispose();
    }

    private bool End(string state, QueryError? error)
    {
        lock (_gate)
        {
            if (Done)
                return false;
            (State, Error, _submitted) = (state, error, true);
        }
        _output.Writer.TryComplete();
        _dispatched.TrySetResult();
        _ended.Cancel();
        return true;
    }
}
