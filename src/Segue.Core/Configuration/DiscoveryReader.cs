namespace Segue.Core.Configuration;

/// <summary>Reads <c>discovery</c>.</summary>
internal static class DiscoveryReader
{
    private static readonly ScalarType<DiscoveryMode> Mode = ScalarTypes.Choice(
        ("front", DiscoveryMode.Front), ("forward", DiscoveryMode.Forward), ("off", DiscoveryMode.Off));

    private static readonly ScalarType<StandbyMode> Standby = ScalarTypes.Choice(
        ("warm", StandbyMode.Warm), ("isolated", StandbyMode.Isolated));

    public static DiscoveryConfig Read(Section section)
    {
        var defaults = new DiscoveryConfig();
        var config = new DiscoveryConfig
        {
            Mode = section.One("mode", Mode, defaults.Mode),
            Standby = section.One("standby", Standby, defaults.Standby),
            Allow = section.List("allow", ScalarTypes.Cidr, defaults.Allow),
        };
        if (section.Has("standby") && config.Mode != DiscoveryMode.Front)
            section.Problem("standby", "is set though Segue is not the discovery service", "only with mode: front");
        if (section.Has("allow") && config.Mode == DiscoveryMode.Off)
            section.Problem("allow", "is set though discovery is off", "only with mode: front or mode: forward");
        section.End();
        return config;
    }
}
