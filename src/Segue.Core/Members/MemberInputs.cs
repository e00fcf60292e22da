using Segue.Core.Leadership;

namespace Segue.Core.Members;

/// <summary>What only a member of several is told.</summary>
internal static class MemberInputs
{
    public static void Take(Turn turn, ConductorInput input)
    {
        switch (input)
        {
            case ConductorInput.Tick when turn.State.Member is null:
                break;
            case ConductorInput.Tick:
                Tenure.Tick(turn);
                break;
            case ConductorInput.SessionOpened(var session, var ttl, var asked):
                Tenure.Opened(turn, session, ttl, asked);
                break;
            case ConductorInput.SessionRenewed(var session, var asked):
                Tenure.Renewed(turn, session, asked);
                break;
            case ConductorInput.SessionOver(var session):
                Tenure.Over(turn, session);
                break;
            case ConductorInput.StoreAway:
                Tenure.Away(turn);
                break;
            case ConductorInput.LeaseSeen seen:
                Tenure.LeaseSeen(turn, seen);
                break;
            case ConductorInput.MembersListed(var question, var members):
                Gatherings.WasListed(turn, question, members);
                break;
            case ConductorInput.Remembered(var acked):
                Keeping.Remembered(turn, acked);
                break;
            case ConductorInput.Kept(var kept):
                Keeping.Done(turn, kept);
                break;
            case ConductorInput.NotKept(var assignment, var detail):
                Keeping.Failed(turn, assignment, detail);
                break;
            case ConductorInput.Acked(var member, var assignment):
                Gatherings.WasAcked(turn, member, assignment);
                break;
            case ConductorInput.Saw(var assignment, var stored):
                Following.Saw(turn, assignment, stored);
                break;
            case ConductorInput.FailsafeAsked(var member, var assignment, var round):
                Failsafes.WasAsked(turn, member, assignment, round);
                break;
            case ConductorInput.FailsafeAnswered(var name, var round, var yes):
                if (yes)
                    Failsafes.Answered(turn, name, round);
                break;
            case ConductorInput.Reported(var member, var highest, var coordinators):
                Words.Heard(turn, member, highest, coordinators);
                break;
            default:
                throw new InvalidOperationException($"no such input: {input}");
        }
    }
}
