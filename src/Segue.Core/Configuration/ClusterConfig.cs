using System.Collections.Immutable;
using Segue.Core.Model;

namespace Segue.Core.Configuration;

/// <summary>One worker pool and the coordinators that may lead it.</summary>
public sealed record ClusterConfig
{
    public required string Name { get; init; }

    public required EngineKind Engine { get; init; }

    /// <summary>In order of preference; at least one.</summary>
    public required ImmutableArray<CoordinatorConfig> Coordinators { get; init; }

    /// <summary>Who Segue is when it runs canaries and ends queries.</summary>
    public AuthConfig Auth { get; init; } = new();

    public UpstreamTlsConfig Tls { get; init; } = new();

    /// <summary>Accept a plain http coordinator though it has authentication (R10.1).</summary>
    public bool AllowUnauthenticated { get; init; }

    /// <summary>A forwarded coordinator would skip authentication for what it is told came in clear (R10.1).</summary>
    public bool TakesHttpsOnly => !AllowUnauthenticated && Coordinators.Any(static coordinator => coordinator.Forwarded);

    /// <summary>Signs the internal bearer for clean-up on workers; null means the environment's name (protocol.md §4).</summary>
    public string? InternalSecret { get; init; }

    /// <summary>Be ready though another deployment of Segue uses the same coordinators (R1.7).</summary>
    public bool AllowForeign { get; init; }

    public DiscoveryConfig Discovery { get; init; } = new();

    public HealthConfig Health { get; init; } = new();

    public CanaryConfig Canary { get; init; } = new();

    public HoldConfig Hold { get; init; } = new();

    public RecoveryConfig Recovery { get; init; } = new();

    /// <summary>Ends a lost coordinator for good (R8.2).</summary>
    public CommandConfig Fence { get; init; } = new();

    /// <summary>Scheme, host and port of a coordinator; empty for one that is not configured.</summary>
    public string UrlOf(string coordinator) =>
        Coordinators.FirstOrDefault(configured => configured.Name == coordinator)?.Url.ToString() ?? "";
}

/// <summary>One coordinator.</summary>
public sealed record CoordinatorConfig
{
    /// <summary>Scheme, host and port, without a path.</summary>
    public required Endpoint Url { get; init; }

    /// <summary>host:port; what people read and what assignments name.</summary>
    public string Name => $"{Url.Host}:{Url.Port}";

    /// <summary>Segue writes its own <c>X-Forwarded-*</c> to it (R10.3).</summary>
    public bool Forwarded { get; init; }

    /// <summary>Several processes may stand behind the address (a Service, a VIP): what is seen of it proves no end (R5).</summary>
    public bool Virtual { get; init; }
}

public sealed record AuthConfig
{
    public string User { get; init; } = "segue";

    /// <summary>HTTP basic authentication; excludes <see cref="Token"/>.</summary>
    public string? Password { get; init; }

    /// <summary>A bearer token (JWT).</summary>
    public string? Token { get; init; }
}

public sealed record UpstreamTlsConfig
{
    /// <summary>A PEM bundle of the authorities to trust; null means the system's.</summary>
    public string? AuthorityFile { get; init; }

    public bool Verify { get; init; } = true;
}

public enum DiscoveryMode
{
    /// <summary>Segue is the discovery service: classic announcements and Trino's announce alike.</summary>
    Front,

    /// <summary>Coordinators keep their embedded discovery; Segue forwards to the active one and replays at promotion.</summary>
    Forward,

    /// <summary>Discovery paths answer 404: it is left as it is.</summary>
    Off,
}

public enum StandbyMode
{
    /// <summary>Standbys see the workers.</summary>
    Warm,

    /// <summary>Only the active coordinator sees the workers.</summary>
    Isolated,
}

public sealed record DiscoveryConfig
{
    public DiscoveryMode Mode { get; init; } = DiscoveryMode.Front;

    public StandbyMode Standby { get; init; } = StandbyMode.Warm;

    /// <summary>CIDRs that may announce; empty means everyone (R10.2).</summary>
    public ImmutableArray<string> Allow { get; init; } = [];
}

public sealed record HealthConfig
{
    public TimeSpan ProbeInterval { get; init; } = TimeSpan.FromMilliseconds(500);

    public TimeSpan ProbeTimeout { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>Silence after which new statements are held.</summary>
    public TimeSpan SuspectAfter { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>Silence after which a coordinator whose host accepts TCP is lost (R2.2).</summary>
    public TimeSpan UnresponsiveAfter { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>Silence after which a coordinator whose host does not accept TCP is lost (R2.2).</summary>
    public TimeSpan UnreachableAfter { get; init; } = TimeSpan.FromSeconds(3);

    /// <summary>The least time between two switches for slowness; doubles with each (R2.2).</summary>
    public TimeSpan MinGap { get; init; } = TimeSpan.FromSeconds(60);
}

public sealed record CanaryConfig
{
    public ImmutableArray<string> Statements { get; init; } = ["SELECT 1"];

    public TimeSpan Interval { get; init; } = TimeSpan.FromSeconds(60);

    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>How many times the list is run when a coordinator becomes ready.</summary>
    public int Warmups { get; init; } = 3;
}

public sealed record HoldConfig
{
    /// <summary>How long a statement may be held in all before one clear error.</summary>
    public TimeSpan MaxTime { get; init; } = TimeSpan.FromMinutes(5);

    public int MaxQueries { get; init; } = 10_000;

    /// <summary>Statements, headers and held-back rows together.</summary>
    public long MaxBytes { get; init; } = 256L << 20;

    public int MaxPerUser { get; init; } = 1_000;

    /// <summary>How many held statements and recoveries start at once after a promotion; each end lets the next one go (R6.4).</summary>
    public int Release { get; init; } = 20;
}

public sealed record RecoveryConfig
{
    public HoldbackMode Holdback { get; init; } = HoldbackMode.First;

    /// <summary>With <see cref="HoldbackMode.All"/>: how much of a result waits in memory before the disk is used.</summary>
    public int HoldbackBytes { get; init; } = 1 << 20;

    /// <summary>Counted from the first row; only with <see cref="HoldbackMode.First"/>.</summary>
    public TimeSpan HoldbackTime { get; init; } = TimeSpan.FromMilliseconds(500);

    public SpoolConfig Spool { get; init; } = new();

    /// <summary>Runs of one statement in all.</summary>
    public int Attempts { get; init; } = 3;

    /// <summary>Delivered rows of one query of which a list is kept, 16 bytes a row, on disk past the first (R7).</summary>
    public int ResumeRows { get; init; } = 64 << 20;

    /// <summary>What may wait on disk, for one query, while a new run is compared with what was delivered.</summary>
    public long ResumeBytes { get; init; } = 4L << 30;

    /// <summary>What lists of delivered rows and rows that wait to be compared may take on disk, of all queries together.</summary>
    public long ResumeMaxBytes { get; init; } = 64L << 30;

    /// <summary>Function names (with <c>*</c>) whose call makes a statement count as a write (R6.1).</summary>
    public ImmutableArray<string> Effects { get; init; } = [];

    /// <summary>Whether a write is ever run again, or taken for done, on a proof.</summary>
    public WritesMode Writes { get; init; } = WritesMode.Proven;

    /// <summary>How long a write's client waits for a silent coordinator to answer again, or for the proof of what became of a lost one's.</summary>
    public TimeSpan WritesMaxWait { get; init; } = TimeSpan.FromMinutes(2);

    /// <summary>Longer than anybody may keep what a coordinator sent before its end (R6.3).</summary>
    public TimeSpan WritesSettle { get; init; } = TimeSpan.FromSeconds(10);
}

/// <summary>Which rows of a read are kept back, so that it can be run again unseen.</summary>
public enum HoldbackMode
{
    /// <summary>The first ones, for a moment.</summary>
    First,

    /// <summary>All of them, on disk, until its coordinator has given the last one.</summary>
    All,
}

/// <summary>The disk that whole results may take while they wait.</summary>
public sealed record SpoolConfig
{
    /// <summary>Of all queries together.</summary>
    public long MaxBytes { get; init; } = 64L << 30;

    public long MaxPerQuery { get; init; } = 16L << 30;

    /// <summary>What is left free on that disk for others.</summary>
    public long KeepFree { get; init; } = 2L << 30;

    /// <summary>How long a result may wait for a client that takes it slowly.</summary>
    public TimeSpan MaxAge { get; init; } = TimeSpan.FromHours(6);
}

/// <summary>What is done about a write whose coordinator is lost.</summary>
public enum WritesMode
{
    /// <summary>Its client is told that the outcome is unknown.</summary>
    Never,

    /// <summary>Where it is proven what became of it: it is done, or run again.</summary>
    Proven,
}
