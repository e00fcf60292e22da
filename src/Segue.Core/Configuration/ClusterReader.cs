using Segue.Core.Model;

namespace Segue.Core.Configuration;

/// <summary>Reads one item of <c>clusters</c>.</summary>
internal static class ClusterReader
{
    private static readonly ScalarType<EngineKind> Engine =
        ScalarTypes.Choice(("presto", EngineKind.Presto), ("trino", EngineKind.Trino));

    public static ClusterConfig Read(Section cluster, ConfigSecrets secrets, LimitsConfig limits)
    {
        var name = cluster.One("name", ScalarTypes.ClusterName, "main");
        var engine = cluster.Required("engine", Engine, EngineKind.Presto);
        var secret = cluster.Optional("internal_secret", ScalarTypes.Secret, secrets.InternalSecret);
        var foreign = cluster.One("allow_foreign", ScalarTypes.Boolean, false);
        var (coordinators, auth, tls, unauthenticated) = CoordinatorsReader.Read(cluster.Child("coordinators", "urls"), secrets);
        if (!cluster.Has("coordinators"))
            cluster.Problem("coordinators", "is required", "a list of URLs");
        var health = cluster.Child("health");
        var hold = cluster.Child("hold");
        var recovery = cluster.Child("recovery");
        var fence = cluster.Child("fence");
        var config = new ClusterConfig
        {
            Name = name,
            Engine = engine,
            Coordinators = coordinators,
            Auth = auth,
            Tls = tls,
            AllowUnauthenticated = unauthenticated,
            InternalSecret = secret,
            AllowForeign = foreign,
            Discovery = DiscoveryReader.Read(cluster.Child("discovery", "mode")),
            Health = HealthReader.Read(health),
            Canary = CanaryReader.Read(cluster.Child("canary")),
            Hold = HoldReader.Read(hold, limits),
            Recovery = RecoveryReader.Read(recovery),
            Fence = CommandReader.Read(fence),
        };
        fence.End();
        if (health.IsClean && hold.IsClean && config.Hold.MaxTime <= config.Health.UnresponsiveAfter)
            hold.Problem("max_time", "ends a hold before a silent coordinator can be lost", "longer than health.unresponsive_after");
        if (recovery.IsClean && hold.IsClean && config.Recovery.HoldbackBytes > config.Hold.MaxBytes)
            recovery.Problem("holdback", "keeps back more for one query than may be held for all", "at most hold.max_bytes");
        cluster.End();
        return config;
    }
}
