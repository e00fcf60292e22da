using System.Collections.Immutable;

namespace Segue.Core.Configuration;

/// <summary>Reads <c>coordinators</c>: a list, or a mapping with what holds for all of them.</summary>
internal static class CoordinatorsReader
{
    public static (ImmutableArray<CoordinatorConfig> Coordinators, AuthConfig Auth, UpstreamTlsConfig Tls, bool AllowUnauthenticated) Read(
        Section section, ConfigSecrets secrets)
    {
        var forwarded = section.One("forwarded", ScalarTypes.Boolean, false);
        var shared = section.One("virtual", ScalarTypes.Boolean, false);
        var unauthenticated = section.One("allow_unauthenticated", ScalarTypes.Boolean, false);
        var urls = section.IsPresent ? section.Children("urls", "url") : [];
        var coordinators = urls.Select(url => ReadOne(url, forwarded, shared)).ToImmutableArray();
        // by host and port: that is the name in assignments, whatever the scheme
        var names = new HashSet<string>(StringComparer.Ordinal);
        for (var i = 0; i < urls.Length; i++)
        {
            if (urls[i].IsClean && !names.Add(coordinators[i].Name))
                urls[i].Problem("url", $"names {coordinators[i].Name}, which is already in the list", "each coordinator once");
        }
        var auth = ReadAuth(section.Child("auth"), secrets, coordinators);
        var tls = ReadTls(section.Child("tls"), section, coordinators);
        section.End();
        return (coordinators, auth, tls, unauthenticated);
    }

    private static CoordinatorConfig ReadOne(Section coordinator, bool forwarded, bool shared)
    {
        var config = new CoordinatorConfig
        {
            Url = coordinator.Required("url", EndpointType.Server, new Endpoint("http", "", 0)),
            Forwarded = coordinator.One("forwarded", ScalarTypes.Boolean, forwarded),
            Virtual = coordinator.One("virtual", ScalarTypes.Boolean, shared),
        };
        coordinator.End();
        return config;
    }

    private static AuthConfig ReadAuth(Section auth, ConfigSecrets secrets, ImmutableArray<CoordinatorConfig> read)
    {
        var config = new AuthConfig
        {
            User = auth.One("user", ScalarTypes.Text, new AuthConfig().User),
            Password = auth.Optional("password", ScalarTypes.Secret, secrets.AuthPassword),
            Token = auth.Optional("token", ScalarTypes.Secret, secrets.AuthToken),
        };
        if (config.Password is not null && config.Token is not null)
            auth.Problem("token", "is set beside a password", "password or token (SEGUE_AUTH_PASSWORD and SEGUE_AUTH_TOKEN count too)");
        else if ((config.Password ?? config.Token) is not null && !read.IsEmpty && read.All(static coordinator => coordinator is { Url.Scheme: "http", Forwarded: false }))
            auth.Problem(config.Token is null ? "password" : "token", "is set though no coordinator would get it",
                "an https:// URL, or forwarded: true (SEGUE_AUTH_PASSWORD and SEGUE_AUTH_TOKEN count too)");
        auth.End();
        return config;
    }

    private static UpstreamTlsConfig ReadTls(Section tls, Section coordinators, ImmutableArray<CoordinatorConfig> read)
    {
        var config = new UpstreamTlsConfig
        {
            AuthorityFile = tls.Optional("ca", ScalarTypes.Text),
            Verify = tls.One("verify", ScalarTypes.Boolean, true),
        };
        if (config is { AuthorityFile: not null, Verify: false })
            tls.Problem("ca", "is set though verify is false", "ca, or verify: false");
        if (tls.IsPresent && !read.IsEmpty && read.All(static coordinator => coordinator.Url.Scheme == "http"))
            coordinators.Problem("tls", "is set though no coordinator has an https:// URL", null);
        tls.End();
        return config;
    }
}
