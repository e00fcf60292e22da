using System.Collections.Immutable;
using Segue.Core.Members;

namespace Segue.Core.Configuration;

/// <summary>The whole configuration as validated; docs/configuration.md lists every key.</summary>
public sealed record SegueConfig
{
    public Endpoint Listen { get; init; } = new("http", "0.0.0.0", 8080);

    public Endpoint Admin { get; init; } = new("http", "127.0.0.1", 8081);

    /// <summary>Set where <see cref="Listen"/> is https.</summary>
    public CertificateFiles? Certificate { get; init; }

    public StoreConfig Store { get; init; } = new();

    public PeersConfig Peers { get; init; } = new();

    public MemberTimes Members { get; init; } = new();

    public string DataDirectory { get; init; } = "segue-data";

    /// <summary>CIDRs whose <c>X-Forwarded-*</c> are believed where a coordinator is <c>forwarded</c>.</summary>
    public ImmutableArray<string> TrustedProxies { get; init; } = [];

    public LimitsConfig Limits { get; init; } = new();

    public LogConfig Log { get; init; } = new();

    /// <summary>An OTLP collector that metrics are pushed to, or null.</summary>
    public string? OtlpEndpoint { get; init; }

    public HooksConfig Hooks { get; init; } = new();

    public required ImmutableArray<ClusterConfig> Clusters { get; init; }
}

/// <summary>Where a port listens.</summary>
public sealed record Endpoint(string Scheme, string Host, int Port)
{
    public override string ToString() => $"{Scheme}://{Host}:{Port}";
}

/// <summary>PEM files, read again when they change.</summary>
public sealed record CertificateFiles(string Certificate, string Key);

public sealed record LimitsConfig
{
    /// <summary>A longer statement is answered 413.</summary>
    public int StatementBytes { get; init; } = 16 << 20;

    /// <summary>Longer request headers are answered 431; also the bound for a coordinator's response headers.</summary>
    public int HeaderBytes { get; init; } = 1 << 20;
}

public enum LogFormat
{
    /// <summary>Sentences on a terminal, JSON otherwise.</summary>
    Auto,
    Text,
    Json,
}

public enum LogLevelName
{
    Debug,
    Info,
    Warning,
    Error,
}

public sealed record LogConfig
{
    public LogFormat Format { get; init; } = LogFormat.Auto;

    public LogLevelName Level { get; init; } = LogLevelName.Info;
}
