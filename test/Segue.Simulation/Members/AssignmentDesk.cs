using Segue.Core.Leadership;
using Segue.Core.Model;
using Segue.Simulation.Bugs;
using Segue.Simulation.Stores;
using Segue.Simulation.World;

namespace Segue.Simulation.Members;

/// <summary>Reads and writes the assignment, one operation after the other, by compare-and-set on the version that it was decided from (I4).</summary>
internal sealed class AssignmentDesk(SimMember member)
{
    public const string Key = "assignment";

    private static readonly TimeSpan RetryAfter = Time.Milliseconds(100);

    private readonly Queue<Action> _work = new();
    private bool _busy;

    /// <summary>Of what was read or written last; null behind an unknown outcome.</summary>
    private long? _version;

    public void Read(long question) => Enqueue(() => TryRead(question));

    /// <summary>The version is that of the decision: what is read between it and the write is not what it was decided from.</summary>
    public void Write(Assignment assignment)
    {
        var decidedFrom = _version;
        if (assignment.Phase == AssignmentPhase.Proposed && member.Has(Bug.TellBeforeConfirmed))
            member.TellOthers(other => other.Take(new ConductorInput.Saw(assignment with { Phase = AssignmentPhase.Active }, Stored: true)));
        Enqueue(() => TryWrite(assignment, decidedFrom));
    }

    private void Enqueue(Action work)
    {
        _work.Enqueue(work);
        Next();
    }

    private void Next()
    {
        if (_busy || !_work.TryDequeue(out var work))
            return;
        _busy = true;
        work();
    }

    private void Done(ConductorInput told)
    {
        member.Take(told);
        _busy = false;
        Next();
    }

    private void TryRead(long question) => member.AskStore(static store => store.Read(Key), (answered, value) =>
    {
        if (!answered)
        {
            member.After(RetryAfter, () => TryRead(question));
            return;
        }
        var stored = (Stored?)value;
        _version = stored?.Version ?? 0;
        Done(new ConductorInput.Read((Assignment?)stored?.Value, question));
    });

    private void TryWrite(Assignment assignment, long? decidedFrom)
    {
        if (decidedFrom is not { } version)
        {
            ReadBack(assignment);
            return;
        }
        member.AskStore(store => store.Write(Key, assignment, version), (answered, value) =>
        {
            _version = answered ? (long?)value : null;
            if (_version is not null)
                Done(new ConductorInput.WriteConfirmed(assignment));
            else
                Refuse(assignment, answered ? "it was changed meanwhile" : "the store did not answer");
        });
    }

    /// <summary>An unknown outcome: the epoch tells whether what is stored is older than what is to be written.</summary>
    private void ReadBack(Assignment assignment) => member.AskStore(static store => store.Read(Key), (answered, value) =>
    {
        if (!answered)
        {
            Refuse(assignment, "the store did not answer");
            return;
        }
        var stored = (Stored?)value;
        _version = stored?.Version ?? 0;
        var known = (Assignment?)stored?.Value;
        if (known is not null && (known.Epoch > assignment.Epoch || (known.Epoch == assignment.Epoch && !known.IsSameDecision(assignment))))
            Refuse(assignment, $"epoch {known.Epoch} is stored already");
        else
            TryWrite(assignment, _version);
    });

    private void Refuse(Assignment assignment, string why) => member.After(RetryAfter, () => Done(new ConductorInput.WriteFailed(assignment, why)));
}
