using Microsoft.AspNetCore.Http;
using Segue.Server.Gateway.Queries;
using Segue.Server.Upstream;

namespace Segue.Server.Gateway.Statements;

/// <summary>Tells a coordinator that nobody wants a query's run any more.</summary>
internal static class UpstreamCancel
{
    /// <summary>As the client, with the credentials of its request.</summary>
    public static Task ByClientAsync(GatewayServices gateway, HttpContext context, QueryHandle handle, Attempt? run) => SendAsync(
        gateway, handle, run, (client, path) => gateway.Calls.Build(client, HttpMethod.Delete, path, HeaderRules.Capture(context.Request.Headers), null, context));

    /// <returns>Null where it was told, or there was nothing to tell; else why it could not be.</returns>
    public static async Task<string?> SendAsync(GatewayServices gateway, QueryHandle handle, Attempt? run, Func<CoordinatorClient, string, HttpRequestMessage> build)
    {
        // R3.10: PrestoDB breaks on DELETE before the first GET, and what was never polled, here or by who has taken it over, never runs
        if (run is not { NextPath: { } path } attempt || !(attempt.MayHaveBegun || gateway.Others?.MayHaveTaken(handle) == true)
            || gateway.Coordinator(attempt.Place.Coordinator) is not { } client)
            return null;
        using var deadline = new CancellationTokenSource(GatewayServices.LongPoll, gateway.Time);
        try
        {
            using var request = build(client, path);
            using var response = await client.SendAsync(request, deadline.Token);
            return response.IsSuccessStatusCode ? null : $"it answered {(int)response.StatusCode}";
        }
        catch (Exception failed) when (failed is HttpRequestException or IOException or ObjectDisposedException or OperationCanceledException)
        {
            // the client's query is over all the same; the coordinator's clean-up, or its own time-out, ends the run
            var why = failed is OperationCanceledException ? $"it did not answer within {GatewayServices.LongPoll.TotalSeconds:0} s" : failed.Message;
            GatewayLog.CancelNotDelivered(gateway.Log, handle.Id, attempt.Place.Coordinator, why);
            return why;
        }
    }
}
