using System.Collections.Immutable;
using Segue.Core.Recovery.Writes;
using Segue.Simulation.Bugs;
using Segue.Simulation.Members;
using Segue.Simulation.World;

namespace Segue.Simulation.Gateways;

/// <summary>Asks the table's history what became of a write, over the active coordinator (R6.3).</summary>
internal sealed class Outcomes(Gateway gateway, SimMember member)
{
    public void Ask(Handle handle, Deciding deciding)
    {
        if (handle.Asking || handle is not { Attempt: { } attempt, Statement.Target: { } target } || deciding.ProofOf(attempt) is not { Gone: Gone.Proven, By: { } gone }
            || member.Snapshot.OpenTo is not { } open || gateway.Coordinator(open) is not { } coordinator)
            return;
        handle.Asking = true;
        ImmutableArray<string> ids = [.. handle.Undone, attempt.QueryId];
        if (member.Has(Bug.ProbeOnlyTheFirstId))
            ids = ids[..1];
        member.Network.Request(
            member,
            coordinator,
            Cluster.PollTimeout,
            call => call.Answer(member.Cluster.Catalog.Judge(target, ids)),
            (end, answer) =>
            {
                handle.Asking = false;
                if (end != CallEnd.Answered || handle.Attempt != attempt)
                    return;
                var outcome = (WriteOutcome)answer!;
                member.World.Say(member.Name, $"learns of {handle.Statement}: {outcome.GetType().Name}");
                if (handle.First is null || handle.AnswersFor != gone)
                    (handle.First, handle.FirstAt, handle.Last, handle.AnswersFor) = (outcome, member.Monotonic, null, gone);
                else
                    handle.Last = outcome;
            });
    }
}
