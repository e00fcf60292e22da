namespace Segue.Core.Configuration;

/// <summary>Reads <c>recovery</c>.</summary>
internal static class RecoveryReader
{
    private static readonly ScalarType<WritesMode> Mode = ScalarTypes.Choice(("never", WritesMode.Never), ("proven", WritesMode.Proven));

    private static readonly ScalarType<HoldbackMode> Holdback = ScalarTypes.Choice(("first", HoldbackMode.First), ("all", HoldbackMode.All));

    public static RecoveryConfig Read(Section section)
    {
        var defaults = new RecoveryConfig();
        var attempts = section.One("attempts", ScalarTypes.Number(1, 10), defaults.Attempts);
        var effects = section.List("effects", ScalarTypes.FunctionPattern, defaults.Effects);
        var holdback = section.Child("holdback", "mode");
        var resume = section.Child("resume");
        var writes = section.Child("writes", "mode");
        var config = new RecoveryConfig
        {
            Attempts = attempts,
            Effects = effects,
            Holdback = holdback.One("mode", Holdback, defaults.Holdback),
            HoldbackBytes = (int)holdback.One("bytes", ScalarTypes.Size(0, 1 << 30), defaults.HoldbackBytes),
            HoldbackTime = holdback.One("time", ScalarTypes.Duration(TimeSpan.Zero, TimeSpan.FromMinutes(1)), defaults.HoldbackTime),
            Spool = ReadSpool(section.Child("spool"), defaults.Spool),
            ResumeRows = resume.One("rows", ScalarTypes.Number(0, 1_000_000_000), defaults.ResumeRows),
            ResumeBytes = resume.One("bytes", ScalarTypes.Size(0, 1L << 40), defaults.ResumeBytes),
            ResumeMaxBytes = resume.One("max_bytes", ScalarTypes.Size(0, 1L << 50), defaults.ResumeMaxBytes),
            Writes = writes.One("mode", Mode, defaults.Writes),
            WritesMaxWait = writes.One("max_wait", ScalarTypes.Duration(TimeSpan.FromSeconds(1), TimeSpan.FromHours(24)), defaults.WritesMaxWait),
            WritesSettle = writes.One("settle", ScalarTypes.Duration(TimeSpan.Zero, TimeSpan.FromHours(1)), defaults.WritesSettle),
        };
        if (writes.IsClean && (writes.Has("settle") || writes.Has("max_wait")) && config.WritesSettle >= config.WritesMaxWait)
            writes.Problem("settle", "is as long as a write may wait in all, so that none is ever run again", "less than max_wait");
        if (resume.IsClean && resume.Has("bytes") && config.ResumeBytes > config.ResumeMaxBytes)
            resume.Problem("bytes", "is more than all queries may use together", "at most max_bytes");
        holdback.End();
        resume.End();
        writes.End();
        section.End();
        return config;
    }

    private static SpoolConfig ReadSpool(Section spool, SpoolConfig defaults)
    {
        var config = new SpoolConfig
        {
            MaxBytes = spool.One("max_bytes", ScalarTypes.Size(0, 1L << 50), defaults.MaxBytes),
            MaxPerQuery = spool.One("max_per_query", ScalarTypes.Size(0, 1L << 50), defaults.MaxPerQuery),
            KeepFree = spool.One("keep_free", ScalarTypes.Size(0, 1L << 50), defaults.KeepFree),
            MaxAge = spool.One("max_age", ScalarTypes.Duration(TimeSpan.FromMinutes(1), TimeSpan.FromDays(30)), defaults.MaxAge),
        };
        // a default that only exceeds a bound the file lowered is no contradiction of the file's
        if (spool.IsClean && spool.Has("max_per_query") && config.MaxPerQuery > config.MaxBytes)
            spool.Problem("max_per_query", "is more than all queries may use together", "at most max_bytes");
        spool.End();
        return config;
    }
}
