using System.Collections.Immutable;
using Segue.Core.Configuration;

namespace Segue.Server.Configuration;

/// <summary>What came of loading a configuration.</summary>
/// <param name="Config">Null where there is any error.</param>
/// <param name="Errors">All of them, by line.</param>
/// <param name="Digest">Of the file's content; null without a file.</param>
/// <param name="Unreadable">Why the file could not be read at all, one sentence; then there is nothing else.</param>
public sealed record ConfigLoad(
    SegueConfig? Config,
    ImmutableArray<ConfigError> Errors,
    ImmutableArray<ConfigSetting> Settings,
    string? Digest = null,
    string? Unreadable = null);
