namespace Segue.Core.Configuration;

/// <summary>Reads <c>health</c>.</summary>
internal static class HealthReader
{
    private static readonly ScalarType<TimeSpan> Short = ScalarTypes.Duration(TimeSpan.FromMilliseconds(50), TimeSpan.FromMinutes(1));
    private static readonly ScalarType<TimeSpan> Long = ScalarTypes.Duration(TimeSpan.FromMilliseconds(200), TimeSpan.FromMinutes(10));

    public static HealthConfig Read(Section section)
    {
        var defaults = new HealthConfig();
        var config = new HealthConfig
        {
            ProbeInterval = section.One("probe_interval", Short, defaults.ProbeInterval),
            ProbeTimeout = section.One("probe_timeout", Short, defaults.ProbeTimeout),
            SuspectAfter = section.One("suspect_after", Long, defaults.SuspectAfter),
            UnresponsiveAfter = section.One("unresponsive_after", Long, defaults.UnresponsiveAfter),
            UnreachableAfter = section.One("unreachable_after", Long, defaults.UnreachableAfter),
            MinGap = section.One("min_gap", ScalarTypes.Duration(TimeSpan.Zero, TimeSpan.FromHours(24)), defaults.MinGap),
        };
        if (section.IsClean)
            Compare(section, config);
        section.End();
        return config;
    }

    private static void Compare(Section section, HealthConfig config)
    {
        if (config.ProbeInterval >= config.SuspectAfter)
            section.Problem("probe_interval", "leaves no probe before a coordinator is suspect", "less than suspect_after");
        if (config.ProbeTimeout > config.UnreachableAfter)
            section.Problem("probe_timeout", "lets a coordinator be lost before its probe ends", "at most unreachable_after");
        if (config.SuspectAfter >= config.UnreachableAfter)
            section.Problem("suspect_after", "comes no sooner than the loss", "less than unreachable_after");
        if (config.UnreachableAfter > config.UnresponsiveAfter)
            section.Problem("unreachable_after", "waits longer for a dead host than for a silent one", "at most unresponsive_after");
    }
}
