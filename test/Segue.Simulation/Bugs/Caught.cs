namespace Segue.Simulation.Bugs;

/// <summary>By which rule a mistake is caught, and how many seeds, from the first on, are enough; docs/simulation.md says the same.</summary>
internal static class Caught
{
    public static int Within(Bug bug) => bug switch
    {
        Bug.None => throw new InvalidOperationException("there is nothing to catch"),
        _ => 5000,
    };

    /// <summary>Another rule's word does not count: it may be the odd one that a changed order of events brings.</summary>
    public static IReadOnlyList<string> By(Bug bug) => bug switch
    {
        Bug.SkipAnAck or Bug.ListSessionsBeforeTheWrite or Bug.RouteOnProposed or Bug.TellBeforeConfirmed or Bug.LeaseFromTheReply
            or Bug.FailsafeYesWithoutPromise or Bug.SendWithoutALook or Bug.WriteOverAnyVersion => ["I1", "R1.1", "R1.3"],
        Bug.AckBeforeSendsEnd => ["R1.3"],
        Bug.ActOnOldEvidence => ["R2.1"],
        Bug.SlowMeansDead => ["R2.2"],
        Bug.EmptyWorkerListAfterRestart => ["R9"],
        Bug.AStaleConductorFences => ["R8.2"],
        Bug.ResubmitARetriedFirstPoll or Bug.TwoMembersReRunOneWrite or Bug.RestartAlwaysProves or Bug.ProbeOnlyTheFirstId => ["I5", "I7"],
        Bug.HashAPageTwice => ["R7", "I6"],
        Bug.CancelMissesAHeldStatement or Bug.RecoverAnEndedToken => ["R3.3"],
        _ => throw new InvalidOperationException($"no such mistake: {bug}"),
    };
}
