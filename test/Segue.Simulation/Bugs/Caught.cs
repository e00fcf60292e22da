using Segue.Simulation.Runs;

namespace Segue.Simulation.Bugs;

/// <summary>By which rule a mistake is caught, and how many seeds, from the first on, are enough; docs/simulation.md says the same.</summary>
internal static class Caught
{
    public static int Within(Bug bug) => bug switch
    {
        Bug.None => throw new InvalidOperationException("there is nothing to catch"),
        Bug.SkipAnAck => 5000,
        Bug.ListSessionsBeforeTheWrite => 2000,
        Bug.RouteOnProposed => 100,
        Bug.TellBeforeConfirmed => 100,
        Bug.LeaseFromTheReply => 5000,
        Bug.FailsafeYesWithoutPromise => 3000,
        Bug.ActOnOldEvidence => 5000,
        Bug.EmptyWorkerListAfterRestart => 20,
        Bug.ResubmitARetriedFirstPoll => 50,
        Bug.TwoMembersReRunOneWrite => 50,
        Bug.RestartAlwaysProves => 50,
        Bug.ProbeOnlyTheFirstId => 300,
        Bug.HashAPageTwice => 200,
        Bug.CancelMissesAHeldStatement => 200,
        Bug.RecoverAnEndedToken => 100,
        Bug.AStaleConductorFences => 6000,
        Bug.SlowMeansDead => 100,
        Bug.AckBeforeSendsEnd => 800,
        Bug.SendWithoutALook => 300,
        Bug.ForgetsItsEpoch => 300,
        Bug.ADisplacedPollIsGone => 600,
        Bug.PostWaitsForTheStore => 100,
        Bug.DropsTheSilent => 100,
        Bug.AnOperatorsCancelMisses => 200,
        _ => throw new InvalidOperationException($"no such mistake: {bug}"),
    };

    /// <summary>The storms in which it could do harm; without it the same storms break nothing.</summary>
    public static SimOptions Focus(Bug bug, SimOptions drawn) => bug switch
    {
        Bug.None => drawn,
        Bug.ActOnOldEvidence => Of(drawn, Harms.FreezeMember | Harms.SlowNetwork | Harms.SlowCoordinator, 1),
        Bug.SlowMeansDead => Of(drawn, Harms.SlowCoordinator, 1),
        Bug.EmptyWorkerListAfterRestart => Of(drawn, Harms.RollingRestart | Harms.CrashMember | Harms.CutStore | Harms.StopStore, drawn.Members),
        Bug.AStaleConductorFences => Of(drawn, Harms.CutCoordinator | Harms.FreezeMember | Harms.FreezeCoordinator | Harms.MoveOn, 2) with { Fences = true },
        Bug.SkipAnAck or Bug.RouteOnProposed or Bug.TellBeforeConfirmed or Bug.ListSessionsBeforeTheWrite => Of(
            drawn, Harms.RollingRestart | Harms.CrashMember | Harms.SlowNetwork | Harms.SlowStore | Harms.LossyNetwork | Harms.CutMembers | Harms.CutStore, 3),
        Bug.LeaseFromTheReply or Bug.FailsafeYesWithoutPromise or Bug.SendWithoutALook => Of(
            drawn, Harms.CutStore | Harms.CutMembers | Harms.SlowStore | Harms.RollingRestart | Harms.FreezeMember | Harms.LossyNetwork, 3) with { Failsafe = bug != Bug.LeaseFromTheReply },
        Bug.ForgetsItsEpoch => Of(drawn, Harms.RestoreStore | Harms.RollingRestart | Harms.CrashMember | Harms.CrashCoordinator, 2),
        Bug.AckBeforeSendsEnd => Of(drawn, Harms.CutCoordinator | Harms.RollingRestart | Harms.CrashMember | Harms.SlowNetwork, 3),
        Bug.RestartAlwaysProves => Of(drawn, Harms.Zombie | Harms.CrashCoordinator, 1) with { Writes = 1, SafetyOnly = false },
        Bug.ProbeOnlyTheFirstId or Bug.ResubmitARetriedFirstPoll => Of(drawn, Harms.MoveOn | Harms.CrashCoordinator, 1) with { Writes = 1, SafetyOnly = false },
        Bug.TwoMembersReRunOneWrite => Of(drawn, Harms.MoveOn | Harms.CrashCoordinator | Harms.CrashMember | Harms.CutMembers, 3) with { Writes = 1, SafetyOnly = false },
        Bug.HashAPageTwice => Of(drawn, Harms.MoveOn | Harms.CrashCoordinator | Harms.LossyNetwork, 2) with { Writes = 0, SafetyOnly = false },
        Bug.ADisplacedPollIsGone => Of(drawn, Harms.CutMembers | Harms.CrashCoordinator | Harms.FreezeCoordinator, 3) with { Writes = 1 },
        Bug.PostWaitsForTheStore => Of(drawn, Harms.StopStore | Harms.SlowStore, 1),
        Bug.DropsTheSilent => Of(drawn, Harms.CutWorker | Harms.EndWorker, 1),
        Bug.AnOperatorsCancelMisses => Of(drawn, Harms.CrashCoordinator | Harms.FreezeCoordinator | Harms.CancelQuery, 1),
        Bug.CancelMissesAHeldStatement or Bug.RecoverAnEndedToken => Of(drawn, Harms.CrashCoordinator | Harms.FreezeCoordinator, 1) with { Writes = 1, SafetyOnly = false },
        _ => throw new InvalidOperationException($"no such mistake: {bug}"),
    };

    private static SimOptions Of(SimOptions drawn, Harms harms, int members) => drawn with
    {
        Harms = harms,
        Members = Math.Max(members, members > 1 ? drawn.Members : 1),
        Faults = drawn.Faults + 6,
        Clients = drawn.Clients + 2,
        SafetyOnly = true,
    };

    /// <summary>Another rule's word does not count: it may be the odd one that a changed order of events brings.</summary>
    public static IReadOnlyList<string> By(Bug bug) => bug switch
    {
        Bug.SkipAnAck or Bug.ListSessionsBeforeTheWrite or Bug.RouteOnProposed or Bug.TellBeforeConfirmed or Bug.LeaseFromTheReply
            or Bug.FailsafeYesWithoutPromise or Bug.SendWithoutALook or Bug.ForgetsItsEpoch => ["I1", "R1.1", "R1.3"],
        Bug.AckBeforeSendsEnd => ["R1.3"],
        Bug.ActOnOldEvidence => ["R2.1"],
        Bug.SlowMeansDead => ["R2.2"],
        Bug.EmptyWorkerListAfterRestart => ["R9"],
        Bug.AStaleConductorFences => ["R8.2"],
        Bug.ResubmitARetriedFirstPoll or Bug.TwoMembersReRunOneWrite or Bug.RestartAlwaysProves or Bug.ProbeOnlyTheFirstId => ["I5", "I7"],
        Bug.ADisplacedPollIsGone => ["I7"],
        Bug.PostWaitsForTheStore => ["I8"],
        Bug.DropsTheSilent => ["R9"],
        Bug.HashAPageTwice => ["R7", "I6"],
        Bug.CancelMissesAHeldStatement or Bug.RecoverAnEndedToken or Bug.AnOperatorsCancelMisses => ["R3.3"],
        _ => throw new InvalidOperationException($"no such mistake: {bug}"),
    };
}
