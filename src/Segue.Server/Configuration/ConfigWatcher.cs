using Microsoft.Extensions.Logging;
using Segue.Core.Configuration;

namespace Segue.Server.Configuration;

/// <summary>
/// Reads the file again when its content changes or somebody asks. It compares content, not events of the file system: editors rename and
/// Kubernetes swaps symbolic links. What is wrong is logged, and the last good configuration stays.
/// </summary>
public sealed class ConfigWatcher(string path, ConfigSecrets secrets, ConfigLoad first, ILogger logger)
{
    private static readonly TimeSpan PollInterval = TimeSpan.FromSeconds(1);

    private volatile ConfigLoad _current = first.Config is null ? throw new ArgumentException("The first configuration must be good.", nameof(first)) : first;
    private string? _loaded = first.Digest;
    private string? _seen;
    private volatile bool _requested;

    /// <summary>Raised by <see cref="RunAsync"/> after a good change; settings that need a restart are new in it, too.</summary>
    public event Action<SegueConfig>? Changed;

    /// <summary>The last good one.</summary>
    public SegueConfig Current => _current.Config!;

    /// <summary>Reads the file again at the next look, within a second, even if it is the same.</summary>
    public void RequestReload() => _requested = true;

    /// <summary>Looks every second until canceled.</summary>
    public async Task RunAsync(TimeProvider time, CancellationToken cancellation)
    {
        using var timer = new PeriodicTimer(PollInterval, time);
        try
        {
            do
                Look();
            while (await timer.WaitForNextTickAsync(cancellation));
        }
        catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
        {
            // the ordinary end
        }
    }

    /// <summary>One look; <see cref="RunAsync"/> alone calls it, and tests.</summary>
    internal void Look()
    {
        var requested = _requested;
        _requested = false;
        byte[] content;
        string digest;
        try
        {
            content = File.ReadAllBytes(path);
            digest = ConfigFile.DigestOf(content);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // between the two halves of a rename the file is missing: only what lasts two looks is told
            digest = $"unreadable: {exception.Message}";
            if (Settled(digest, requested))
                logger.ConfigurationUnreadable(path, exception.Message);
            return;
        }
        if (Settled(digest, requested))
            Apply(ConfigFile.Parse(content, secrets));
    }

    /// <summary>True once for what was seen at two looks in a row and is not what was loaded last; at once where it was asked for.</summary>
    private bool Settled(string digest, bool requested)
    {
        var settled = digest == _seen;
        _seen = digest;
        if (!requested && (!settled || digest == _loaded))
            return false;
        _loaded = digest;
        return true;
    }

    private void Apply(ConfigLoad load)
    {
        if (load.Config is not { } config)
        {
            logger.ConfigurationRejected(path, load.Errors.Length);
            foreach (var error in load.Errors)
                logger.ConfigurationError(path, error);
            return;
        }
        var reload = ConfigReload.Between(_current.Settings, load.Settings);
        _current = load;
        if (reload.Applied.IsEmpty && reload.NeedRestart.IsEmpty)
        {
            logger.ConfigurationUnchanged(path);
            return;
        }
        if (!reload.NeedRestart.IsEmpty)
            logger.ConfigurationNeedsRestart(path, string.Join(", ", reload.NeedRestart));
        if (!reload.Applied.IsEmpty)
            logger.ConfigurationReloaded(path, string.Join(", ", reload.Applied));
        Changed?.Invoke(config);
    }
}
