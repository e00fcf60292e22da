using Segue.Core.Members;
using Segue.Core.Recovery.Journal;
using Segue.Core.Routing;
using Segue.Simulation.Bugs;
using Segue.Simulation.Members;
using Segue.Simulation.Stores;
using Segue.Simulation.World;

namespace Segue.Simulation.Gateways;

/// <summary>Who may start, replace or end an attempt of a statement with effects (R3.2).</summary>
internal sealed class Ownership(Gateway gateway, SimMember member)
{
    private static readonly TimeSpan Pause = Time.Milliseconds(100);

    /// <summary>Its memory is the truth while the session lives under which it took it: behind that another member may have taken over.</summary>
    public bool IsMine(Handle handle) => handle.Owner == member.Id
        && (!handle.HasEffects || member.State.Member is null || member.Has(Bug.TwoMembersReRunOneWrite) || (handle.OwnedUnder != 0 && handle.OwnedUnder == member.Session));

    /// <summary>To the owner while it answers; else it is taken over by compare-and-set, where <see cref="OwnerPolicy"/> says so.</summary>
    /// <param name="again">Run once this member is the owner.</param>
    /// <param name="gone">Answers where nothing is left of it.</param>
    public void Elsewhere(Call call, Handle handle, QueryToken token, bool cancels, Action again, Action<string> gone)
    {
        var owner = handle.Owner;
        // what was passed once is passed no further, and what this member owned before its session was new may be another one's: the store tells whose it is
        if (call.From is SimMember || owner == member.Id || member.State.Member is null || member.Has(Bug.TwoMembersReRunOneWrite))
        {
            if (member.State.Member is { } own && !KnowsOwners(own))
                StandsWhereItWas();
            else
                TakeOver(call, handle, token, again, gone);
        }
        else
            Go(new OwnerView(handle.HasEffects, IsOwner: false, WasPassed: false));

        void Go(OwnerView view)
        {
            switch (OwnerPolicy.Next(view))
            {
                case OwnerStep.AskOwner:
                    Pass(call, owner, token, cancels, () => Go(view with { Silent = true, LivedLately = Lists(owner) }));
                    break;
                case OwnerStep.AskForText:
                    gateway.Journal.Read(handle, (answered, stored) => Go(view with { TextIsStored = answered && stored is not null }));
                    break;
                case OwnerStep.AskForSession:
                    member.AskStore(store => store.Read(Duties.Living + owner), (answered, session) => Go(view with
                    {
                        Session = !answered || (view.MayHaveEffects && !KnowsOwners(member.State.Member)) ? OwnerSession.NotKnown : session is null ? OwnerSession.Over : OwnerSession.Lives,
                    }));
                    break;
                case OwnerStep.TakeOver:
                    TakeOver(call, handle, token, again, gone);
                    break;
                default:
                    // the owner may be back, or its session over
                    member.After(Pause, StandsWhereItWas);
                    break;
            }
        }

        void StandsWhereItWas()
        {
            if (!cancels)
                call.Answer(new ClientPage([], token, Clients.Told.Nothing, ""));
        }
    }

    /// <summary>Nobody routes whom this member does not know of (R1.6).</summary>
    private bool KnowsOwners(Membership? membership) => membership is not { } own || (own.HasSession(member.Monotonic) && !own.OthersMayStay(member.Monotonic));

    private bool Lists(string owner) => member.State.Member is { } membership && membership.Listed.ContainsKey(owner);

    private void Pass(Call call, string owner, QueryToken token, bool cancels, Action silent)
    {
        if (!Lists(owner) || member.Cluster.Members.FirstOrDefault(one => one.Id == owner) is not { } other)
        {
            silent();
            return;
        }
        member.Network.Request(
            member,
            other,
            Cluster.PollTimeout,
            passed =>
            {
                if (other.Id != owner)
                    passed.Answer(null);
                else if (cancels)
                    other.Gateway.Cancel(passed, token);
                else
                    other.Gateway.Poll(passed, token);
            },
            (end, answer) =>
            {
                if (end == CallEnd.Answered && answer is not null)
                    call.Answer(answer);
                else
                    silent();
            },
            lingers: true);
    }

    private void TakeOver(Call call, Handle handle, QueryToken token, Action again, Action<string> gone) => gateway.Journal.ReadWithOwner(handle, (answered, stored, living) =>
    {
        if (!answered)
        {
            call.Answer(new ClientPage([], token, Clients.Told.Nothing, ""));
            return;
        }
        if (living is not null && living != member.Id && !member.Has(Bug.TwoMembersReRunOneWrite))
        {
            handle.Owner = living;
            call.Answer(new ClientPage([], token, Clients.Told.Nothing, ""));
            return;
        }
        if (stored is null)
        {
            gone("its owner is gone, and the journal has nothing of it");
            return;
        }
        var entry = (JournalEntry)stored.Value;
        handle.Version = stored.Version;
        gateway.Journal.TryClaim(handle, entry with { Owner = member.Id }, claim =>
        {
            if (claim != Claim.Taken)
            {
                call.Answer(new ClientPage([], token, Clients.Told.Nothing, ""));
                return;
            }
            member.World.Say(member.Name, $"takes over {handle.Id} from {entry.Owner}");
            (handle.Owner, handle.OwnedUnder) = (member.Id, member.Session);
            handle.TakenFrom = token.Owner == member.Id ? handle.TakenFrom : token.Owner;
            gateway.Journal.TakeOver(handle, new Stored(stored.Key, entry, handle.Version, 0));
            // how far it had come is not known: it may have begun
            if (handle.Attempt is { } attempt)
                attempt.MayHaveBegun = true;
            again();
        });
    });
}
