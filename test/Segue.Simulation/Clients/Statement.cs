using Segue.Core.Recovery;
using Segue.Core.Recovery.Writes;
using Segue.Simulation.Members;

namespace Segue.Simulation.Clients;

internal enum SimKind
{
    Read,
    Ordered,

    /// <summary>Other rows at each run.</summary>
    Random,
    Session,

    /// <summary>A write whose table keeps a history.</summary>
    Write,

    /// <summary>A write that nobody can be asked for.</summary>
    BlindWrite,
}

/// <summary>What the client was told in the end.</summary>
internal enum Told
{
    Nothing,
    Success,
    Unknown,

    /// <summary>An error that says that nothing was changed.</summary>
    Unchanged,

    /// <summary>An error that the engine's own word is, or that says no more than that it is over.</summary>
    Failed,
    Canceled,
}

/// <summary>One run of a statement on one process.</summary>
internal sealed record SimRun(string QueryId, string Incarnation, int[] Rows);

/// <summary>What one client sends, and all that really became of it: the ledger that only checkers read.</summary>
internal sealed class Statement
{
    private static readonly StatementClass Reads = new(StatementKind.Read, "it only reads");

    private static readonly StatementClass Sorted = new(StatementKind.Read, "it only reads", Ordered: true) { SortKeys = [] };

    private static readonly StatementClass Sets = new(StatementKind.SessionOnly, "it changes the session alone");

    private static readonly StatementClass Changes = new(StatementKind.Write, "it writes");

    public required int Number { get; init; }

    public required SimKind Kind { get; init; }

    /// <summary>Of its result.</summary>
    public required int Rows { get; init; }

    /// <summary>From its beginning to its end or its commit, in global time.</summary>
    public required long Takes { get; init; }

    /// <summary>Of its commit on the way to the catalog.</summary>
    public required long CommitTakes { get; init; }

    public bool IsWrite => Kind is SimKind.Write or SimKind.BlindWrite;

    public bool HasSteadyRows => Kind is not SimKind.Random;

    public StatementClass Class => Kind switch
    {
        SimKind.Read or SimKind.Random => Reads,
        SimKind.Ordered => Sorted,
        SimKind.Session => Sets,
        SimKind.Write or SimKind.BlindWrite => Changes,
        _ => throw new InvalidOperationException($"no such kind: {Kind}"),
    };

    public WriteTarget? Target { get; init; }

    public List<SimRun> Runs { get; } = [];

    /// <summary>Query ids whose effect is there.</summary>
    public List<string> Effects { get; } = [];

    public Told Told { get; set; }

    /// <summary>Error name and text where there is one.</summary>
    public string Said { get; set; } = "";

    /// <summary>When its client sent it first.</summary>
    public long SentAt { get; set; }

    /// <summary>Its client has sent one poll to two members at once, or an old one: they may have taken each other's pages.</summary>
    public bool AskedTwice { get; set; }

    /// <summary>A member that would have begun it did not get the store's word for it (R3.4).</summary>
    public bool Unclaimed { get; set; }

    /// <summary>First polls that were sent, of all its runs.</summary>
    public int FirstPolls { get; set; }

    /// <summary>The process that answered its POST last, and under which session.</summary>
    public (SimMember Member, int Life, long Session)? Owner { get; set; }

    /// <summary>The processes that have recorded its end: a last page, a cancel, or an operator's.</summary>
    public HashSet<(SimMember Member, int Life)> EndedBy { get; } = [];

    /// <summary>Its client got a 410, which is no ending: another poll of it may still begin it.</summary>
    public bool WasGone { get; set; }

    /// <summary>When its end reached, or was first said to, the client.</summary>
    public long? EndedAt { get; set; }

    public override string ToString() => $"s{Number} ({Kind})";
}
