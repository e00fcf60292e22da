using Segue.Core.Recovery.Writes;
using Segue.Core.Routing;

namespace Segue.Core.Recovery;

/// <summary>The furthest request of an attempt that may have reached its coordinator (R3.9: handed to the client is sent).</summary>
public enum Sent
{
    /// <summary>Held: no attempt was made yet.</summary>
    Nothing,

    /// <summary>Its answer may not have come: <see cref="RecoveryInput.CanBePolled"/>.</summary>
    Post,

    FirstPoll,
}

/// <summary>All that the recovery of a statement is decided from.</summary>
public sealed record RecoveryInput
{
    public required StatementClass Statement { get; init; }

    public required Sent Sent { get; init; }

    /// <summary>
    /// What is known of the attempt's coordinator, or, where nothing was sent, of the transaction's.
    /// <see cref="AttemptFate.Lost"/> also where a coordinator answers that it does not know the query.
    /// </summary>
    public required AttemptFate Fate { get; init; }

    /// <summary>The coordinator answers with the attempt's incarnation; it tells two kinds of <see cref="AttemptFate.Superseded"/> apart.</summary>
    public bool CoordinatorAnswers { get; init; }

    /// <summary>PrestoDB before 0.234 and Trino before 312 run a statement at its POST (R6.2).</summary>
    public bool ExecutesOnPost { get; init; }

    /// <summary>The statement carries a transaction id; its attempts are all on the transaction's coordinator (R6.6).</summary>
    public bool InTransaction { get; init; }

    /// <summary>Rows that the client was sent, over all attempts.</summary>
    public long RowsDelivered { get; init; }

    /// <summary>They were encoded, and <see cref="RowsDelivered"/> counts pages (R4.3).</summary>
    public bool Encoded { get; init; }

    /// <summary>What a new attempt gives is compared with what was delivered (<see cref="RecoveryDecision.ResumeBehind"/>).</summary>
    public bool Compared { get; init; }

    /// <summary>Its coordinator may live, but the next page was Segue's to give, and went with its restart.</summary>
    public bool PagesGone { get; init; }

    /// <summary>The client was sent a session header, for instance the id of the transaction that this statement began.</summary>
    public bool SessionOutcomeDelivered { get; init; }

    /// <summary>Runs begun so far, the lost one included.</summary>
    public int AttemptsUsed { get; init; } = 1;

    public int AttemptsMax { get; init; } = 3;

    /// <summary>Coordinators in a row that died, not only fell silent, while they ran this statement (R6.4).</summary>
    public int CoordinatorsLostWhileRunning { get; init; }

    /// <summary>How long this recovery has waited for the coordinator.</summary>
    public TimeSpan Waited { get; init; }

    /// <summary>How long what must not run twice waits for a silent coordinator.</summary>
    public TimeSpan WritesMaxWait { get; init; } = TimeSpan.FromMinutes(2);

    /// <summary>Where it is a write and its coordinator is lost: what is known of both.</summary>
    public LostWrite Lost { get; init; } = LostWrite.Unknown;

    /// <summary>How long anything else waits.</summary>
    public TimeSpan HoldMaxTime { get; init; } = TimeSpan.FromMinutes(5);

    /// <summary>The attempt's id on its coordinator; null where no answer to its POST was seen.</summary>
    public string? QueryId { get; init; }

    /// <summary>The coordinator's name, for the error's text.</summary>
    public string Coordinator { get; init; } = "the coordinator";

    /// <summary>There is an attempt whose address is known.</summary>
    public bool CanBePolled => Sent != Sent.Nothing && QueryId is not null;

    /// <summary>The statement may have begun to run (R6.2).</summary>
    public bool MayHaveBegun => Sent == Sent.FirstPoll || (Sent == Sent.Post && ExecutesOnPost);
}
