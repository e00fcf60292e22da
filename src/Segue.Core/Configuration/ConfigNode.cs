using System.Collections.Immutable;

namespace Segue.Core.Configuration;

/// <summary>A configuration as written, without meaning; where it came from (YAML, options) is the shell's matter.</summary>
/// <param name="Line">Counted from 1; 0 where there is no file.</param>
public abstract record ConfigNode(int Line);

/// <param name="Quoted">True where quotes make it text whatever it looks like.</param>
public sealed record ConfigScalar(string Text, bool Quoted, int Line) : ConfigNode(Line);

public sealed record ConfigSequence(ImmutableArray<ConfigNode> Items, int Line) : ConfigNode(Line);

/// <summary>Entries in the order written, duplicates included: the reader reports them.</summary>
public sealed record ConfigMapping(ImmutableArray<ConfigEntry> Entries, int Line) : ConfigNode(Line);

/// <param name="Line">The key's line.</param>
public readonly record struct ConfigEntry(string Key, ConfigNode Value, int Line);
