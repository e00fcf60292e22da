namespace Segue.Core.Recovery.Resuming;

public enum ResumePhase
{
    /// <summary>Nothing of the new run may reach the client yet.</summary>
    Comparing,

    /// <summary>What was kept aside, and then all that follows, completes what was delivered.</summary>
    Resumed,

    /// <summary>No row of this run may reach the client; <see cref="ResumeCheck.Failure"/> says why.</summary>
    Failed,
}

/// <summary>Why a new run does not continue what was delivered.</summary>
public enum ResumeFailure
{
    None,

    /// <summary>It ended, and not all delivered rows were among its own.</summary>
    RowsMissing,

    /// <summary>An ordered statement gave other rows in between, which are known not to be equal in its ORDER BY columns.</summary>
    OtherOrder,

    /// <summary>The same, and its ORDER BY columns cannot be told from its text.</summary>
    UnknownOrder,

    /// <summary>Its first rows are not those that were delivered, and more cannot be asked without a list of them.</summary>
    OtherBeginning,
}

/// <summary>
/// R7: is fed a new run's rows in their order, and finds the place from which on they complete what the client has. The client then has exactly
/// the rows of the new run: D, what was kept aside (R[1..m] − D), and the rest, in an order that the new run allows.
/// </summary>
/// <param name="delivered">D, of at least one row.</param>
/// <param name="rows">The same row by row; null where no list of them was kept: then only the new run's first rows are compared.</param>
/// <param name="ordered">The statement's rows may have an order.</param>
public sealed class ResumeCheck(RowTally delivered, RowMultiset? rows, bool ordered)
{
    private RowTally _seen;
    private UInt128? _asideKey;

    public ResumePhase Phase { get; private set; }

    public ResumeFailure Failure { get; private set; }

    /// <summary>Rows kept aside while it compared.</summary>
    public long Aside { get; private set; }

    /// <param name="key">Hash of its ORDER BY columns' bytes; null where they are not known.</param>
    /// <returns>True where the row is the client's to get: at once if <see cref="ResumePhase.Resumed"/>, else kept aside. False where it has it.</returns>
    public bool Next(UInt128 row, UInt128? key)
    {
        switch (Phase)
        {
            case ResumePhase.Resumed:
                return true;
            case ResumePhase.Failed:
                throw new InvalidOperationException("a run that does not fit is not read on");
            case ResumePhase.Comparing:
                _seen = _seen.With(row);
                return rows is null ? CompareBeginning() : Compare(rows, row, key);
            default:
                throw new InvalidOperationException($"no such phase: {Phase}");
        }
    }

    /// <summary>The run has ended.</summary>
    public void End()
    {
        if (Phase == ResumePhase.Comparing)
            Fail(ResumeFailure.RowsMissing);
    }

    private bool CompareBeginning()
    {
        if (_seen.Rows < delivered.Rows)
            return false;
        if (_seen == delivered)
            Phase = ResumePhase.Resumed;
        else
            Fail(ResumeFailure.OtherBeginning);
        return false;
    }

    private bool Compare(RowMultiset left, UInt128 row, UInt128? key)
    {
        if (!left.TryTake(row))
        {
            // all rows kept aside must agree with row m, so they must agree with each other: no later reading
            if (ordered && key is null)
                Fail(ResumeFailure.UnknownOrder);
            else if (ordered && Aside > 0 && key != _asideKey)
                Fail(ResumeFailure.OtherOrder);
            _asideKey = key;
            Aside++;
            return true;
        }
        if (left.Count == 0)
        {
            if (ordered && Aside > 0 && key != _asideKey)
                Fail(ResumeFailure.OtherOrder);
            else
                Phase = ResumePhase.Resumed;
        }
        return false;
    }

    private void Fail(ResumeFailure failure)
    {
        Phase = ResumePhase.Failed;
        Failure = failure;
    }
}
