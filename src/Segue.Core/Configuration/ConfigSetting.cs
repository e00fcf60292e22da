namespace Segue.Core.Configuration;

/// <summary>One key as the reader asked for it, whether it was written or not.</summary>
/// <param name="Key">The kind of key, e.g. <c>clusters[].health.probe_interval</c>: what docs/configuration.md lists.</param>
/// <param name="Path">Where it is, e.g. <c>clusters[0].health.probe_interval</c>.</param>
/// <param name="Type">What is allowed, for people.</param>
/// <param name="Default">As one would write it; empty where there is none.</param>
/// <param name="Value">As one would write it; of a secret only a digest.</param>
/// <param name="Line">Of the key, or of the section that lacks it.</param>
public sealed record ConfigSetting(string Key, string Path, string Type, string Default, string Value, int Line);
