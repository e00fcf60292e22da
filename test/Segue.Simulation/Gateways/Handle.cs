using Segue.Core.Model;
using Segue.Core.Recovery.Resuming;
using Segue.Core.Recovery.Writes;
using Segue.Core.Routing;
using Segue.Simulation.Clients;

namespace Segue.Simulation.Gateways;

/// <summary>What a client is answered: rows, the token to go on with, or the end.</summary>
internal sealed record ClientPage(int[] Rows, QueryToken? Next, Told End, string Said);

/// <summary>204 to a cancel.</summary>
internal sealed record Canceled;

/// <summary>404 or 410.</summary>
internal sealed record NoSuchPage(string Why);

/// <summary>One run of a query on one coordinator, as a member knows it.</summary>
internal sealed class Attempt
{
    public required AttemptPlace Place { get; init; }

    public required string QueryId { get; init; }

    /// <summary>The next page on the coordinator.</summary>
    public int Page { get; set; }

    /// <summary>Set before the first poll is sent (R3.9).</summary>
    public bool MayHaveBegun { get; set; }

    /// <summary>Only a token or the journal told of it: its next poll may be its first.</summary>
    public bool NextPollMayBeFirst { get; set; }

    /// <summary>Its coordinator has no such page any more.</summary>
    public bool PageGone { get; set; }
}

/// <summary>What one member knows of what one client follows.</summary>
internal sealed class Handle
{
    public required string Id { get; init; }

    /// <summary>Null where only a token told of it and the journal was not read yet.</summary>
    public Statement? Statement { get; set; }

    public required bool HasEffects { get; init; }

    /// <summary>The member process whose word counts (R3.2).</summary>
    public required string Owner { get; set; }

    /// <summary>Whom tokens of before still name.</summary>
    public string? TakenFrom { get; set; }

    /// <summary>The session under which this member became the owner: its memory is the truth for no longer than that.</summary>
    public long OwnedUnder { get; set; }

    public Attempt? Attempt { get; set; }

    public int Submits { get; set; }

    public int Runs { get; set; }

    public int CoordinatorsLost { get; set; }

    /// <summary>The run that this member gave up last: an old token does not bring it back.</summary>
    public string? LeftRun { get; set; }

    public List<string> Undone { get; } = [];

    public RowTally Delivered { get; set; }

    /// <summary>A hash for each delivered row; null where the list is not whole.</summary>
    public List<UInt128>? Hashes { get; set; } = [];

    public ulong RowKey { get; init; }

    public ResumeCheck? Resume { get; set; }

    public List<int> Aside { get; } = [];

    public bool Ended { get; set; }

    /// <summary>By an operator, and its client waits to be told.</summary>
    public bool Killed { get; set; }

    public Instant? WaitingSince { get; set; }

    /// <summary>The sequence of the last token that was answered, and the answer.</summary>
    public long Answered { get; set; } = -1;

    public object? LastAnswer { get; set; }

    /// <summary>The poll that has the stream; a later one ends it (R3.5).</summary>
    public int Turn { get; set; }

    /// <summary>Something is under way whose end must be known before anything else begins.</summary>
    public bool Busy { get; set; }

    /// <summary>Of its journal entry, as this member read or wrote it last; 0 for none.</summary>
    public long Version { get; set; }

    /// <summary>The journal was read, or is this member's own.</summary>
    public bool Remembered { get; set; }

    public WriteOutcome? First { get; set; }

    public Instant FirstAt { get; set; }

    public WriteOutcome? Last { get; set; }

    /// <summary>Since when the incarnation was gone for which these answers are.</summary>
    public Instant? AnswersFor { get; set; }

    public bool Asking { get; set; }

    public void ForgetAnswers() => (First, Last, AnswersFor) = (null, null, null);

    /// <summary>The token is the truth (R3.5): what this member knows is cut to it.</summary>
    public void StandAt(in QueryToken token)
    {
        var told = new RowTally(token.Rows, token.RowsHash);
        if (Delivered != told)
        {
            if (Hashes is not null && Hashes.Count >= token.Rows)
                Hashes.RemoveRange((int)token.Rows, Hashes.Count - (int)token.Rows);
            Delivered = told;
        }
        if (Hashes is not null && (Hashes.Count != token.Rows || RowTally.SumOf(Hashes.ToArray()) != token.RowsHash))
            Hashes = null;
    }
}
