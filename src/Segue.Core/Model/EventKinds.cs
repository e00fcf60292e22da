namespace Segue.Core.Model;

/// <summary>Every value of <see cref="ClusterEvent.Kind"/>; docs/operations.md says what to do about each.</summary>
public static class EventKinds
{
    /// <summary>A coordinator became healthy and can take over.</summary>
    public const string CoordinatorReady = nameof(CoordinatorReady);

    /// <summary>Silent for <c>suspect_after</c>: new statements are held, nothing else changes.</summary>
    public const string Suspect = nameof(Suspect);

    /// <summary>A suspect coordinator answered before it was given up.</summary>
    public const string AnswersAgain = nameof(AnswersAgain);

    /// <summary>A coordinator was given up: its end was seen, or it was silent too long.</summary>
    public const string CoordinatorLost = nameof(CoordinatorLost);

    /// <summary>A coordinator answers as a new incarnation: it has forgotten every query.</summary>
    public const string Restarted = nameof(Restarted);

    /// <summary>A coordinator answers, but may not lead: wrong environment, wrong version, not a coordinator.</summary>
    public const string Unfit = nameof(Unfit);

    /// <summary>The test statement failed twice in a row.</summary>
    public const string CanaryFailed = nameof(CanaryFailed);

    /// <summary>A coordinator became the active one.</summary>
    public const string Promoted = nameof(Promoted);

    /// <summary>New statements are held from now on.</summary>
    public const string Holding = nameof(Holding);

    /// <summary>Held statements go on.</summary>
    public const string Released = nameof(Released);

    /// <summary>A switch for slowness was not made, because the last one is too near (R2.2).</summary>
    public const string SwitchRefused = nameof(SwitchRefused);

    /// <summary>A deposed coordinator may still be alive and is kept out (R8).</summary>
    public const string Fenced = nameof(Fenced);

    /// <summary>What a lost coordinator still ran was ended (R8.1).</summary>
    public const string CleanedUp = nameof(CleanedUp);

    /// <summary>Some of what a lost coordinator ran could not be ended.</summary>
    public const string CleanUpFailed = nameof(CleanUpFailed);

    /// <summary>Another deployment's canary runs on our coordinators (R1.7).</summary>
    public const string ForeignDeployment = nameof(ForeignDeployment);

    /// <summary>Two URLs answer as one coordinator, or one URL as several (R2.4).</summary>
    public const string Ambiguous = nameof(Ambiguous);

    /// <summary>This process did not run for a while; what it had observed before is void.</summary>
    public const string OwnStall = nameof(OwnStall);

    /// <summary>The store does not answer: nobody fails over until it does.</summary>
    public const string StoreUnavailable = nameof(StoreUnavailable);

    /// <summary>The store answers again.</summary>
    public const string StoreAvailable = nameof(StoreAvailable);
}
