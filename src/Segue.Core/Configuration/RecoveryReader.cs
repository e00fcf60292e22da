namespace Segue.Core.Configuration;

/// <summary>Reads <c>recovery</c>.</summary>
internal static class RecoveryReader
{
    private static readonly ScalarType<WritesMode> Mode = ScalarTypes.Choice(("never", WritesMode.Never), ("proven", WritesMode.Proven));

    public static RecoveryConfig Read(Section section)
    {
        var defaults = new RecoveryConfig();
        var attempts = section.One("attempts", ScalarTypes.Number(1, 10), defaults.Attempts);
        var effects = section.List("effects", ScalarTypes.FunctionPattern, defaults.Effects);
        var holdback = section.Child("holdback");
        var resume = section.Child("resume");
        var writes = section.Child("writes", "mode");
        var config = new RecoveryConfig
        {
            Attempts = attempts,
            Effects = effects,
            HoldbackBytes = (int)holdback.One("bytes", ScalarTypes.Size(0, 1 << 30), defaults.HoldbackBytes),
            HoldbackTime = holdback.One("time", ScalarTypes.Duration(TimeSpan.Zero, TimeSpan.FromMinutes(1)), defaults.HoldbackTime),
            ResumeRows = resume.One("rows", ScalarTypes.Number(0, 1_000_000_000), defaults.ResumeRows),
            ResumeBytes = resume.One("bytes", ScalarTypes.Size(0, 1L << 40), defaults.ResumeBytes),
            Writes = writes.One("mode", Mode, defaults.Writes),
            WritesMaxWait = writes.One("max_wait", ScalarTypes.Duration(TimeSpan.FromSeconds(1), TimeSpan.FromHours(24)), defaults.WritesMaxWait),
            WritesSettle = writes.One("settle", ScalarTypes.Duration(TimeSpan.Zero, TimeSpan.FromHours(1)), defaults.WritesSettle),
        };
        if (writes.IsClean && (writes.Has("settle") || writes.Has("max_wait")) && config.WritesSettle >= config.WritesMaxWait)
            writes.Problem("settle", "is as long as a write may wait in all, so that none is ever run again", "less than max_wait");
        holdback.End();
        resume.End();
        writes.End();
        section.End();
        return config;
    }
}
