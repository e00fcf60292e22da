using System.Collections.Immutable;
using Segue.Core.Health;
using Segue.Core.Leadership;
using Segue.Core.Model;

namespace Segue.Core.Members;

/// <summary>Draws the picture of the members.</summary>
public static class MembersPictures
{
    /// <returns>Null where one member is all there is.</returns>
    public static MembersPicture? Of(ConductorState state, Moment now)
    {
        if (state.Member is not { } member)
            return null;
        var store = StoreOf(member, now.Instant, out var away);
        var lease = LeaseOf(member, store);
        var right = RightOf(member, now.Instant);
        var until = right is RightStanding.Session or RightStanding.Failsafe ? member.RightUntil : null;
        var conductor = lease is LeaseStanding.Mine or LeaseStanding.Other ? member.Conductor : null;
        return new MembersPicture
        {
            Lease = lease,
            Conductor = conductor,
            LeaseSentence = MemberSentences.Of(lease, conductor),
            Store = store,
            AwaySince = Wall(away, now),
            StoreSentence = MemberSentences.Of(store, now.Instant - (store == StoreStanding.Away ? away!.Value : member.StartedAt)),
            Right = right,
            RightUntil = Wall(until, now),
            RightSentence = MemberSentences.Of(right, (until ?? now.Instant) - now.Instant),
            FailsafeUntil = Wall(now.Instant < member.FailsafeUntil ? member.FailsafeUntil : null, now),
            PromisedUntil = Wall(member.HasPromised(now.Instant) ? member.PromisedUntil : null, now),
            Members = [.. Living(state, member, conductor, now.Instant), .. Missing(state, member)],
        };
    }

    private static LeaseStanding LeaseOf(Membership member, StoreStanding store) => member switch
    {
        { Leads: true } => LeaseStanding.Mine,
        _ when store != StoreStanding.Answers => LeaseStanding.Unknown,
        { Conductor: { } conductor } when conductor != member.Me.Id => LeaseStanding.Other,
        _ => LeaseStanding.Free,
    };

    private static StoreStanding StoreOf(Membership member, Instant now, out Instant? away)
    {
        away = member.AwaySince ?? (now - member.AskedStore >= member.Times.AwayAfter ? member.AskedStore : null);
        // the first question follows the opening of the first session
        return member.Questions == 0 ? StoreStanding.Unheard : away is null ? StoreStanding.Answers : StoreStanding.Away;
    }

    private static RightStanding RightOf(Membership member, Instant now) => member switch
    {
        _ when member.HasSession(now) && member.Session is { Counts: true } => RightStanding.Session,
        _ when now < member.FailsafeUntil => RightStanding.Failsafe,
        _ when member.HasSession(now) => RightStanding.Reading,
        _ => RightStanding.None,
    };

    private static IEnumerable<MemberPicture> Living(ConductorState state, Membership member, string? conductor, Instant now) =>
        from one in member.Others.Select(static pair => (Id: pair.Key, pair.Value.Name)).Append((member.Me.Id, member.Me.Name))
        let isMe = one.Id == member.Me.Id
        orderby isMe descending, one.Name, one.Id
        select Of(state, one.Id, one.Name, isMe, one.Id == conductor, now);

    private static MemberPicture Of(ConductorState state, string id, string name, bool isMe, bool isConductor, Instant now)
    {
        var member = state.Member!;
        var listed = member.Listed.GetValueOrDefault(id);
        var acked = (isMe ? member.Acked : listed?.Acked)?.Epoch;
        var ack = acked switch
        {
            null => AckStanding.Nothing,
            _ when acked < state.HighestEpoch => AckStanding.Behind,
            _ => AckStanding.Present,
        };
        var report = isMe ? new MemberReport(now, OwnReport(state)) : member.Reports.GetValueOrDefault(id);
        var sees = report?.Coordinators ?? [];
        ImmutableArray<string> misses = [.. sees.Where(static one => !one.Reaches).Select(static one => one.Coordinator)];
        var reach = report is null || now - report.At >= member.Times.ReportLife ? ReachStanding.Silent
            : misses.IsEmpty ? ReachStanding.All
            : ReachStanding.Some;
        var age = isMe ? null : now - report?.At;
        return new MemberPicture
        {
            Id = id,
            Name = name,
            IsMe = isMe,
            IsConductor = isConductor,
            Listed = listed,
            Acked = acked,
            Ack = ack,
            MayStay = member.Stored?.Members.Contains(name) == true,
            Reach = reach,
            Reaches = [.. sees.Where(static one => one.Reaches).Select(static one => one.Coordinator)],
            Misses = misses,
            Age = age,
            Sentence = $"{MemberSentences.Of(ack, acked, state.HighestEpoch)}; {MemberSentences.Of(reach, misses, age)}",
        };
    }

    /// <summary>Of the list that counts, and without a session.</summary>
    private static IEnumerable<MemberPicture> Missing(ConductorState state, Membership member) =>
        from name in member.Stored?.Members ?? []
        where name != member.Me.Name && member.Others.All(other => other.Value.Name != name)
        select new MemberPicture
        {
            Id = null,
            Name = name,
            IsMe = false,
            IsConductor = false,
            Listed = null,
            Acked = null,
            Ack = AckStanding.Over,
            MayStay = true,
            Reach = ReachStanding.Silent,
            Reaches = [],
            Misses = [],
            Age = null,
            Sentence = MemberSentences.Of(AckStanding.Over, null, member.Stored!.Epoch),
        };

    private static ImmutableArray<CoordinatorReport> OwnReport(ConductorState state) =>
    [
        .. state.Health.Values
            .OrderBy(static health => health.Name, StringComparer.Ordinal)
            .Select(static health => new CoordinatorReport(health.Name, health.Condition is Condition.Healthy or Condition.Unfit, null)),
    ];

    private static DateTimeOffset? Wall(Instant? at, Moment now) => at is { } instant ? now.Wall + (instant - now.Instant) : null;
}
