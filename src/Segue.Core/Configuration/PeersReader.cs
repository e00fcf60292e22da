using Segue.Core.Members;

namespace Segue.Core.Configuration;

/// <summary>Reads <c>peers</c> and <c>members</c>.</summary>
internal static class PeersReader
{
    public static PeersConfig Read(Section section, bool shared)
    {
        var defaults = new PeersConfig();
        var config = new PeersConfig
        {
            Listen = section.One("listen", EndpointType.Listen, defaults.Listen),
            Advertise = section.Optional("advertise", EndpointType.Server),
            AuthorityFile = section.Optional("ca", ScalarTypes.Text),
        };
        if (section.IsPresent && !shared)
            section.Problem("listen", "is set though the store is embedded, so that there is one member alone", "a shared store");
        else if (section.IsClean && config is { Listen.Scheme: "http", AuthorityFile: not null })
            section.Problem("ca", "is set though members talk over http", "listen: https://…");
        section.End();
        return config;
    }

    public static MemberTimes ReadTimes(Section section, bool shared)
    {
        var defaults = new MemberTimes();
        var times = new MemberTimes
        {
            Ttl = section.One("ttl", ScalarTypes.Duration(TimeSpan.FromSeconds(1), TimeSpan.FromMinutes(1)), defaults.Ttl),
            Failsafe = section.One("failsafe", ScalarTypes.Boolean, defaults.Failsafe),
            FailsafeFor = section.One("failsafe_for", ScalarTypes.Duration(TimeSpan.FromSeconds(10), TimeSpan.FromHours(24)), defaults.FailsafeFor),
            Drain = section.One("drain", ScalarTypes.Duration(TimeSpan.Zero, TimeSpan.FromMinutes(5)), defaults.Drain),
        };
        if (section.IsPresent && !shared)
            section.Problem("ttl", "is set though the store is embedded, so that there is one member alone", "a shared store");
        section.End();
        return times with { Skew = times.Ttl / 10 };
    }
}
