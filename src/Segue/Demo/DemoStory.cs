using Segue.Server.Admin;

namespace Segue.Demo;

/// <summary>What has happened so far, for whoever shows it.</summary>
internal sealed class DemoStory(Tally tally)
{
    private readonly Lock _lock = new();
    private readonly List<DemoStep> _steps = [];
    private readonly long _began = TimeProvider.System.GetTimestamp();
    private volatile StatusReport? _status;

    /// <summary>Called with each new step, by the one who tells the story.</summary>
    public event Action<DemoStep>? Told;

    public Tally Tally { get; } = tally;

    /// <summary>What the story calls the coordinator that Segue knows by its address.</summary>
    public Func<string, string> NameOf { get; set; } = static address => address;

    public TimeSpan Elapsed => TimeProvider.System.GetElapsedTime(_began);

    /// <summary>Segue's own last word; null before its first.</summary>
    public StatusReport? Status
    {
        get => _status;
        set => _status = value;
    }

    public DemoStep[] Steps
    {
        get
        {
            lock (_lock)
                return [.. _steps];
        }
    }

    public void Tell(string sentence)
    {
        var step = new DemoStep(Elapsed, sentence);
        lock (_lock)
            _steps.Add(step);
        Told?.Invoke(step);
    }
}

internal sealed record DemoStep(TimeSpan At, string Sentence);
