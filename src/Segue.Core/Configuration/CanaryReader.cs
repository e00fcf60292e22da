namespace Segue.Core.Configuration;

/// <summary>Reads <c>canary</c>.</summary>
internal static class CanaryReader
{
    public static CanaryConfig Read(Section section)
    {
        var defaults = new CanaryConfig();
        var config = new CanaryConfig
        {
            Statements = section.List("statements", ScalarTypes.Statement, defaults.Statements),
            Interval = section.One("interval", ScalarTypes.Duration(TimeSpan.FromSeconds(1), TimeSpan.FromHours(24)), defaults.Interval),
            Timeout = section.One("timeout", ScalarTypes.Duration(TimeSpan.FromMilliseconds(100), TimeSpan.FromMinutes(10)), defaults.Timeout),
            Warmups = section.One("warmups", ScalarTypes.Number(0, 100), defaults.Warmups),
        };
        if (section.IsClean && config.Statements.IsEmpty)
            section.Problem("statements", "is an empty list", "at least one statement");
        if (section.IsClean && config.Timeout > config.Interval)
            section.Problem("timeout", "lasts into the next canary", "at most interval");
        section.End();
        return config;
    }
}
