namespace Segue.Core.Members;

/// <summary>How long members wait for one another and for the store.</summary>
public sealed record MemberTimes
{
    /// <summary>A session is over this long after its last renewal.</summary>
    public TimeSpan Ttl { get; init; } = TimeSpan.FromSeconds(3);

    /// <summary>What clocks may differ by over one <see cref="Ttl"/>, and a send may take to be broken off.</summary>
    public TimeSpan Skew { get; init; } = TimeSpan.FromMilliseconds(300);

    /// <summary>Whether members may stay with what they have while the store is away (R1.6).</summary>
    public bool Failsafe { get; init; } = true;

    /// <summary>For how long they may; a member that was not one of them takes over only after that.</summary>
    public TimeSpan FailsafeFor { get; init; } = TimeSpan.FromMinutes(10);

    /// <summary>A member that is told to end says that it is not ready, and serves on for this long.</summary>
    public TimeSpan Drain { get; init; } = TimeSpan.FromSeconds(5);

    public TimeSpan RenewEvery => Ttl / 4;

    /// <summary>A store that has not answered for this long is away. By then, and with two questions to the others, a session is not yet over.</summary>
    public TimeSpan AwayAfter => Ttl / 5;

    /// <summary>What the store did not answer is asked anew.</summary>
    public TimeSpan RetryEvery => Ttl / 10;

    /// <summary>The other members are asked anew this often while it is (R1.6).</summary>
    public TimeSpan AskEvery => Ttl / 6;

    public TimeSpan ListEvery => Ttl / 3;

    /// <summary>A promise lasts for this long (R1.6).</summary>
    public TimeSpan Promise => Ttl;

    /// <summary>A member's word of what it sees counts for this long.</summary>
    public TimeSpan ReportLife => Ttl / 2;

    /// <summary>The list of members is renewed when it differs from those who live for this long.</summary>
    public TimeSpan Settle => Ttl / 3;
}
