namespace Segue.Core.Health;

/// <summary>What the last word from, or about, a coordinator was.</summary>
public enum Evidence
{
    /// <summary>Nothing yet.</summary>
    None,

    /// <summary>It answers and is ready.</summary>
    Healthy,

    /// <summary>It answers, ready, but is another process than before: every query of the old one is forgotten.</summary>
    Restarted,

    /// <summary>It answers, and is still starting.</summary>
    Starting,

    /// <summary>It answers, and is stopping or draining.</summary>
    ShuttingDown,

    /// <summary>It answers, and is a worker.</summary>
    NotACoordinator,

    /// <summary>It is ready but would let a bare user name in (R10.1).</summary>
    Unauthenticated,

    /// <summary>Another environment than the cluster's (R2.3).</summary>
    WrongEnvironment,

    /// <summary>Another engine than the configuration says.</summary>
    WrongEngine,

    /// <summary>A version that the active coordinator's workers may not accept (R2.3).</summary>
    WrongVersion,

    /// <summary>It answers as a coordinator that is configured under another name as well (R2.4).</summary>
    Duplicate,

    /// <summary>It answers, and was taken out of the configuration.</summary>
    Removed,

    /// <summary>It is ready but its canary sees fewer workers than the active one's; never a reason to depose (R2.2).</summary>
    TooFewWorkers,

    /// <summary>It answers, and its fence command was begun and is not known to have ended (R8.2).</summary>
    Fenced,

    /// <summary>The address refused the connection.</summary>
    Refused,

    /// <summary>A connection was reset.</summary>
    Reset,

    /// <summary>The host accepted the connection, and nothing came.</summary>
    Timeout,

    /// <summary>The host did not accept a connection in time.</summary>
    Unreachable,

    /// <summary>An HTTP status other than 200.</summary>
    BadStatus,

    /// <summary>An answer that is not a node's description of itself.</summary>
    BadAnswer,

    /// <summary>It answers, and refuses Segue's own credentials: alive, but who does not know it yet cannot judge it.</summary>
    Unauthorized,

    /// <summary>Its certificate does not hold, or there is no TLS where its URL says https.</summary>
    BadCertificate,

    /// <summary>The name could not be resolved, or to several addresses (R2.5).</summary>
    NameError,
}

/// <summary>The verdict over one coordinator.</summary>
public enum Condition
{
    /// <summary>No answer and no failure yet.</summary>
    Unknown,

    /// <summary>It answers and is ready.</summary>
    Healthy,

    /// <summary>It answers but cannot take statements.</summary>
    Unfit,

    /// <summary>Silent for a moment: new statements are held, nothing else changes (R2.2).</summary>
    Suspect,

    /// <summary>Its end was seen, or it was silent for too long.</summary>
    Lost,
}
