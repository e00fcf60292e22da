using System.Collections.Immutable;
using System.Globalization;

namespace Segue.Core.Members;

/// <summary>The sentences of the members' status, for people; docs/operations.md lists each of them.</summary>
public static class MemberSentences
{
    public static string Of(LeaseStanding lease, string? conductor) => lease switch
    {
        LeaseStanding.Mine => "this member takes the decisions",
        LeaseStanding.Other => $"member {conductor} takes the decisions",
        LeaseStanding.Free => "no member takes the decisions now: nobody fails over until one of them has taken the lease",
        LeaseStanding.Unknown => "who takes the decisions is not known while the store does not answer this member",
        _ => throw new InvalidOperationException($"no such standing: {lease}"),
    };

    /// <param name="away">Since its last answer, or since this member's start.</param>
    public static string Of(StoreStanding store, TimeSpan away) => store switch
    {
        StoreStanding.Answers => "the store answers",
        StoreStanding.Away => $"the store has not answered this member for {Seconds(away)}",
        StoreStanding.Unheard => $"the store has not answered since this member's start {Seconds(away)} ago",
        _ => throw new InvalidOperationException($"no such standing: {store}"),
    };

    /// <param name="left">Of the right, unless it is prolonged.</param>
    public static string Of(RightStanding right, TimeSpan left) => right switch
    {
        RightStanding.Session => "this member may route: its session with the store is valid",
        RightStanding.Failsafe => $"this member may route for {Seconds(left)} more, and asks again: all members have agreed to stay with what is in force without the store",
        RightStanding.Reading => "this member may not route yet: it reads what is in force, and asks the store who else agreed on it",
        RightStanding.None => "this member may not route: it has no session with the store, and not all members have agreed to stay with what is in force",
        _ => throw new InvalidOperationException($"no such standing: {right}"),
    };

    /// <param name="known">The highest epoch that this member knows of; for <see cref="AckStanding.Over"/> that of the list.</param>
    public static string Of(AckStanding ack, long? acked, long known) => ack switch
    {
        AckStanding.Present => $"it goes by epoch {acked}",
        AckStanding.Behind => $"it has acked epoch {acked} and not yet {known}, which begins when it does or its session is over",
        AckStanding.Nothing => "it has acked nothing yet",
        AckStanding.Over => $"it is one of those who agreed on epoch {known}, and its session is over",
        _ => throw new InvalidOperationException($"no such standing: {ack}"),
    };

    /// <param name="age">Since its last word; null where there was none.</param>
    public static string Of(ReachStanding reach, ImmutableArray<string> misses, TimeSpan? age) => reach switch
    {
        ReachStanding.All => "it reaches every coordinator",
        ReachStanding.Some => $"it does not reach {string.Join(", ", misses)}",
        ReachStanding.Silent when age is { } silent => $"it has not told this member for {Seconds(silent)} which coordinators it reaches",
        ReachStanding.Silent => "it has not told this member which coordinators it reaches",
        _ => throw new InvalidOperationException($"no such standing: {reach}"),
    };

    private static string Seconds(TimeSpan span) => string.Create(CultureInfo.InvariantCulture, $"{span.TotalSeconds:0.#} s");
}
