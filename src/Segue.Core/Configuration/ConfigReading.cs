using System.Collections.Immutable;

namespace Segue.Core.Configuration;

/// <summary>What <see cref="ConfigReader"/> made of a tree.</summary>
/// <param name="Config">Null where there is any error.</param>
/// <param name="Errors">All of them, by line.</param>
/// <param name="Settings">Every key that was asked for.</param>
public sealed record ConfigReading(
    SegueConfig? Config, ImmutableArray<ConfigError> Errors, ImmutableArray<ConfigSetting> Settings);

/// <summary>Secrets from the environment; each replaces what the file says. Null means not set.</summary>
public sealed record ConfigSecrets(string? AuthPassword, string? AuthToken, string? InternalSecret)
{
    public static ConfigSecrets None { get; } = new(null, null, null);

    public string? StorePassword { get; init; }

    /// <summary>The deployment's key in base64.</summary>
    public string? Key { get; init; }
}
