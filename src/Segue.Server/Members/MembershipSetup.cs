using Segue.Core.Leadership;
using Segue.Core.Members;
using Segue.Core.Model;

namespace Segue.Server.Members;

/// <summary>What a control loop needs to be a member of several.</summary>
/// <param name="Acked">By the process before this one (R1.5).</param>
/// <param name="GiveUpName">The next process of this member has another name; throws <see cref="IOException"/>.</param>
internal sealed record MembershipSetup(
    MemberIdentity Me, MemberTimes Times, AckFile Acks, Assignment? Acked, MemberRecords Records, PeerNetwork Peers, PeerListener Listener, PeerSeal Seal, Action GiveUpName, TimeProvider Time)
{
    public Membership At(Instant start) => new() { Me = Me, Times = Times, StartedAt = start };

    /// <param name="tell">The control loop hears what the store and the other members say.</param>
    public MemberDesk Desk(Action<ConductorInput> tell)
    {
        Listener.Hear = word =>
        {
            Peers.Heard(word.From);
            if (word.Nodes is { } nodes)
                Listener.HearNodes(word.From, nodes);
            if (word.Input is { } input)
                tell(input);
        };
        return new MemberDesk(Records, Acks, Peers, Times, Time, tell);
    }
}
