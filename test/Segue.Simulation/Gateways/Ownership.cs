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

    /// <summary>To the owner while it lives; else it is taken over by compare-and-set.</summary>
    /// <param name="again">Run once this member is the owner.</param>
    /// <param name="gone">Answers where nothing is left of it.</param>
    public void Elsewhere(Call call, Handle handle, QueryToken token, bool cancels, Action again, Action<string> gone)
    {
        var owner = handle.Owner;
        // what was passed once is passed no further: the store tells whose it is
        var lives = call.From is not SimMember && owner != member.Id && member.State.Member is { } membership && membership.Listed.ContainsKey(owner);
        if (lives && !member.Has(Bug.TwoMembersReRunOneWrite) && member.Cluster.Members.FirstOrDefault(one => one.Id == owner) is { } other)
            Pass(call, other, owner, token, cancels);
        else if (member.State.Member is { } own && (!own.HasSession(member.Monotonic) || own.OthersMayStay(member.Monotonic)))
            call.Answer(new ClientPage([], token, Clients.Told.Nothing, ""));
        else
            TakeOver(call, handle, token, again, gone);
    }

    private void Pass(Call call, SimMember other, string owner, QueryToken token, bool cancels) => member.Network.Request(
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
            else if (!cancels)
                // the same place again: the owner may be back, or its session over
                member.After(Pause, () => call.Answer(new ClientPage([], token, Clients.Told.Nothing, "")));
        },
        lingers: true);

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
