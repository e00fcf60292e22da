using Segue.Core.Model;

namespace Segue.Server.Gateway;

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
