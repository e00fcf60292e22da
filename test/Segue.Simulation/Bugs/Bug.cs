namespace Segue.Simulation.Bugs;

/// <summary>Deliberate mistakes of the simulated shell; each must be caught. docs/simulation.md says what each does.</summary>
internal enum Bug
{
    None,
    SkipAnAck,
    ListSessionsBeforeTheWrite,
    RouteOnProposed,
    TellBeforeConfirmed,
    LeaseFromTheReply,
    FailsafeYesWithoutPromise,
    ActOnOldEvidence,
    EmptyWorkerListAfterRestart,
    ResubmitARetriedFirstPoll,
    TwoMembersReRunOneWrite,
    RestartAlwaysProves,
    ProbeOnlyTheFirstId,
    HashAPageTwice,
    CancelMissesAHeldStatement,
    RecoverAnEndedToken,
    AStaleConductorFences,
    SlowMeansDead,
    AckBeforeSendsEnd,
    SendWithoutALook,
    ForgetsItsEpoch,
    ADisplacedPollIsGone,
    PostWaitsForTheStore,
    DropsTheSilent,
    AnOperatorsCancelMisses,
}

internal static class BugNames
{
    public static IEnumerable<Bug> All => Enum.GetValues<Bug>().Where(static bug => bug != Bug.None);

    /// <summary>As on the command line: words and dashes.</summary>
    public static string Name(this Bug bug) =>
        string.Concat(bug.ToString().Select(static (letter, at) => char.IsUpper(letter) ? (at == 0 ? "" : "-") + char.ToLowerInvariant(letter) : letter.ToString()));

    public static Bug? Parse(string name)
    {
        foreach (var bug in All)
        {
            if (bug.Name() == name)
                return bug;
        }
        return null;
    }
}
