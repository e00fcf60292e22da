namespace Segue.Core.Configuration;

/// <summary>What one reading has found so far; every section writes to the same one.</summary>
internal sealed class ReadingNotes
{
    public List<ConfigError> Errors { get; } = [];

    public List<ConfigSetting> Settings { get; } = [];
}
