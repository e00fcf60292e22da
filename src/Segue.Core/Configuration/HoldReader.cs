namespace Segue.Core.Configuration;

/// <summary>Reads <c>hold</c>.</summary>
internal static class HoldReader
{
    public static HoldConfig Read(Section section, LimitsConfig limits)
    {
        var defaults = new HoldConfig();
        var config = new HoldConfig
        {
            MaxTime = section.One("max_time", ScalarTypes.Duration(TimeSpan.FromSeconds(1), TimeSpan.FromHours(24)), defaults.MaxTime),
            MaxQueries = section.One("max_queries", ScalarTypes.Number(1, 1_000_000), defaults.MaxQueries),
            MaxBytes = section.One("max_bytes", ScalarTypes.Size(1 << 20, 1L << 40), defaults.MaxBytes),
            MaxPerUser = section.One("max_per_user", ScalarTypes.Number(1, 1_000_000), defaults.MaxPerUser),
            Release = section.One("release", ScalarTypes.Number(1, 10_000), defaults.Release),
        };
        if (section.IsClean)
        {
            // a default that only exceeds a bound the file lowered is no contradiction of the file's
            if (section.Has("max_per_user") && config.MaxPerUser > config.MaxQueries)
                section.Problem("max_per_user", "is more than all users may hold together", "at most max_queries");
            if (config.MaxBytes < limits.StatementBytes)
                section.Problem("max_bytes", "cannot hold one statement of the greatest length", "at least limits.statement");
        }
        section.End();
        return config;
    }
}
