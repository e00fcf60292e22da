using System.Globalization;
using Segue.Core.Model;
using Segue.Server.Gateway.Spooling;

namespace Segue.Server.Gateway.Queries;

/// <summary>What is told and counted where a query's run changes hands.</summary>
internal static class StoryTeller
{
    /// <summary>Its coordinator took it and is not to begin it any more: nothing had begun.</summary>
    public static void LeaveUnbegun(GatewayServices gateway, QueryHandle handle, string why)
    {
        if (handle.Attempt is null)
            return;
        handle.Tell(gateway.Now, MomentKind.Left, "", why);
        handle.Attempt = null;
        gateway.Metrics.Recovered(gateway.Config.Name, "submitted_again");
    }

    /// <summary>Its client takes it from here, and nobody asks its coordinator. What never left memory is no news.</summary>
    public static void SpoolIsWhole(GatewayServices gateway, QueryHandle handle, ResultSpool spool)
    {
        gateway.Metrics.Spooled(gateway.Config.Name, "whole");
        if (spool.OnDisk == 0)
            return;
        var coordinator = handle.Attempt!.Place.Coordinator;
        GatewayLog.Spooled(gateway.Log, handle.Id, spool.Bytes, coordinator);
        handle.Tell(gateway.Now, MomentKind.Spooled, coordinator, string.Create(CultureInfo.InvariantCulture, $"{spool.Bytes}"));
    }

    public static void LeaveSpool(GatewayServices gateway, QueryHandle handle, ResultSpool spool)
    {
        gateway.Metrics.Spooled(gateway.Config.Name, spool.Bound == SpoolBound.PerQuery ? "too_long" : "no_room");
        GatewayLog.SpoolLeft(gateway.Log, handle.Id, spool.Closed!);
        handle.Tell(gateway.Now, MomentKind.SpoolLeft, "", spool.Closed);
    }

    /// <summary>An answer came after a wait: of a run that began since, or of the very one that was silent.</summary>
    public static void HoldEnds(GatewayServices gateway, QueryHandle handle, Instant since)
    {
        gateway.Metrics.HoldEnded(gateway.Config.Name, "released", gateway.Now - since);
        if (handle.Story.Moments is not [.., { Kind: MomentKind.Waits }])
            return;
        handle.Tell(gateway.Now, MomentKind.Answered, handle.Attempt!.Place.Coordinator);
        gateway.Metrics.Recovered(gateway.Config.Name, "polled_on");
    }
}
