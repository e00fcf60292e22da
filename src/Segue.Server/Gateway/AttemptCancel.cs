using Microsoft.AspNetCore.Http;
using Segue.Server.Upstream;

namespace Segue.Server.Gateway;

/// <summary>Tells a coordinator that nobody wants its run any more.</summary>
internal static class AttemptCancel
{
    public static async Task SendAsync(GatewayServices gateway, HttpContext context, QueryHandle handle)
    {
        // R3.10: PrestoDB breaks on DELETE before the first GET, and what was never polled never runs
        if (handle.Attempt is not { MayHaveBegun: true, NextPath: { } path } attempt
            || gateway.Coordinator(attempt.Place.Coordinator) is not { } client)
            return;
        using var deadline = new CancellationTokenSource(GatewayServices.LongPoll, gateway.Time);
        try
        {
            using var request = gateway.Calls.Build(client, HttpMethod.Delete, path, HeaderRules.Capture(context.Request.Headers), null, context);
            using var response = await client.SendAsync(request, deadline.Token);
        }
        catch (Exception failed) when (failed is HttpRequestException or OperationCanceledException)
        {
            // the client's query is over all the same; the coordinator's clean-up, or its own time-out, ends the run
            GatewayLog.CancelNotDelivered(gateway.Log, handle.Id, attempt.Place.Coordinator, failed.Message);
        }
    }
}
