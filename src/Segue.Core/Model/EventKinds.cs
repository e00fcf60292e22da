namespace Segue.Core.Model;

/// <summary>Every value of <see cref="ClusterEvent.Kind"/>; docs/operations.md says what to do about each.</summary>
public static class EventKinds
{
    /// <summary>A coordinator became healthy and can take over.</summary>
    public const string CoordinatorReady = nameof(CoordinatorReady);

    /// <summary>A probe failed or none has succeeded yet; the verdict over the coordinator stands so far.</summary>
    public const string ProbeFailed = nameof(ProbeFailed);

    /// <summary>Silent for <c>suspect_after</c>: new statements are held, nothing else changes.</summary>
    public const string Suspect = nameof(Suspect);

    /// <summary>A doubted coordinator answered before it was given up.</summary>
    public const string AnswersAgain = nameof(AnswersAgain);

    /// <summary>A coordinator was given up: its end was seen, or it was silent too long.</summary>
    public const string CoordinatorLost = nameof(CoordinatorLost);

    /// <summary>A coordinator answers as a new incarnation: it has forgotten every query.</summary>
    public const string Restarted = nameof(Restarted);

    /// <summary>A coordinator answers but takes no statements: starting, shutting down, not a coordinator, authentication not known.</summary>
    public const string Unfit = nameof(Unfit);

    /// <summary>The first coordinator of the deployment became active.</summary>
    public const string Chosen = nameof(Chosen);

    /// <summary>Another coordinator, or another incarnation of the same one, became active because of a loss.</summary>
    public const string Failover = nameof(Failover);

    /// <summary>Another coordinator became active on purpose; what runs on the old one goes on there.</summary>
    public const string Moved = nameof(Moved);

    /// <summary>The same coordinator goes on under a new epoch: members joined or left, or a change was begun and not completed.</summary>
    public const string Renewed = nameof(Renewed);

    /// <summary>This member takes the decisions from now on.</summary>
    public const string ConductorGained = nameof(ConductorGained);

    /// <summary>This member takes the decisions no longer.</summary>
    public const string ConductorLost = nameof(ConductorLost);

    /// <summary>The store does not answer, and all members stay with what is in force (R1.6).</summary>
    public const string Failsafe = nameof(Failsafe);

    /// <summary>This member may not route: its session is over and not all others agree that all stay (I3).</summary>
    public const string RightLost = nameof(RightLost);

    /// <summary>An assignment was seen that contradicts one that this member acked: it is refused (R1.5).</summary>
    public const string Refused = nameof(Refused);

    /// <summary>This member's data directory does not take what it is to ack (R1.5).</summary>
    public const string AckNotKept = nameof(AckNotKept);

    /// <summary>This member has acked before by the store's word, and its data directory does not say what (R1.5).</summary>
    public const string AckForgotten = nameof(AckForgotten);

    /// <summary>The active coordinator is lost for this member, and another one reaches it: nobody fails over (R2.1).</summary>
    public const string OnlyHere = nameof(OnlyHere);

    /// <summary>A coordinator is new in the configuration.</summary>
    public const string Added = nameof(Added);

    /// <summary>A coordinator was taken out of the configuration.</summary>
    public const string Removed = nameof(Removed);

    /// <summary>Two configured addresses are one coordinator (R2.4).</summary>
    public const string Duplicate = nameof(Duplicate);

    /// <summary>One configured address answers for more than one coordinator (R2.4).</summary>
    public const string Alternates = nameof(Alternates);

    /// <summary>Another deployment of Segue uses a coordinator too, or no longer (R1.7).</summary>
    public const string OtherDeployment = nameof(OtherDeployment);

    /// <summary>After a start of this process the coordinator of the stored assignment goes on.</summary>
    public const string Resumed = nameof(Resumed);

    /// <summary>The fence command succeeded: that process of the coordinator has ended (R8.2).</summary>
    public const string Fenced = nameof(Fenced);

    /// <summary>The fence command failed, or its end is not known (R8.2).</summary>
    public const string FenceFailed = nameof(FenceFailed);

    /// <summary>A command of <c>hooks</c> failed, did not end in time or could not be run.</summary>
    public const string HookFailed = nameof(HookFailed);

    /// <summary>New statements are held from now on.</summary>
    public const string Holding = nameof(Holding);

    /// <summary>Held statements go on.</summary>
    public const string Released = nameof(Released);

    /// <summary>What was done about the queries whose coordinator was lost or silent, once for all of them.</summary>
    public const string Recovered = nameof(Recovered);

    /// <summary>A switch for slowness was not made, because the last one is too near (R2.2).</summary>
    public const string SwitchRefused = nameof(SwitchRefused);

    /// <summary>A decision is not confirmed by the store: it is read back and, where it still stands, written again (R1.2).</summary>
    public const string NotConfirmed = nameof(NotConfirmed);

    /// <summary>Each member says it of itself; all else is the cluster's, and of several members the conductor alone puts it into the history.</summary>
    public static bool IsOfMember(string kind) =>
        kind is ConductorGained or ConductorLost or Failsafe or RightLost or Refused or AckNotKept or AckForgotten or OnlyHere or HookFailed or Recovered;
}
