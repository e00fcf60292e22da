using System.Buffers;
using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Http;
using Segue.Core.Protocol;
using Segue.Core.Routing;
using Segue.Server.Gateway.Clients;
using Segue.Server.Gateway.Statements;
using Segue.Server.Upstream;

namespace Segue.Server.Gateway.Queries;

/// <summary>
/// <c>/v1/query/{id}</c>, where the id is the one that the client knows and the coordinator may know the query by another (R3.7). Unlike a
/// nextUri an id is no secret: the coordinator judges who may look and cancel (R10.1); where none has the query, the POST's credentials do.
/// </summary>
internal sealed class QueryRequests(GatewayServices gateway, StatementGateway statements)
{
    public static byte[] HashOf(HttpRequest request) => SHA256.HashData(Encoding.UTF8.GetBytes(request.Headers.Authorization.ToString()));

    /// <returns>False where the query is not one that Segue follows, or its coordinator has it: the request is to be forwarded, to <paramref name="target"/>.</returns>
    public async Task<bool> TryAnswerAsync(HttpContext context, QueryHandle handle, string target)
    {
        if (context.Request.Method == "DELETE" && !handle.Ended)
        {
            await CancelAsync(context, handle, target);
            return true;
        }
        // one that was lost is in Segue's hands, though its client has not polled since
        if (handle.Attempt is { } attempt && attempt.Place.FateIn(gateway.Cluster.Current) != AttemptFate.Lost)
            return false;
        if (!IsSender(context, handle))
            await RefuseAsync(context);
        else if (context.Request.Method == "GET" && !handle.Ended)
            await DescribeAsync(context, handle);
        else
            await PlainAnswer.GoneAsync(context, $"Query {handle.Id} runs on no coordinator.");
        return true;
    }

    private async Task CancelAsync(HttpContext context, QueryHandle handle, string target)
    {
        // of what it was not asked to begin it says 204 to anybody
        var told = handle.Attempt is { MayHaveBegun: true } begun ? begun : null;
        if (told is { } attempt && gateway.Coordinator(attempt.Place.Coordinator) is { } client)
        {
            using var deadline = new CancellationTokenSource(GatewayServices.LongPoll, gateway.Time);
            try
            {
                var headers = HeaderRules.Capture(context.Request.Headers);
                using var request = gateway.Calls.Build(client, HttpMethod.Delete, target.Replace(handle.Id, attempt.QueryId, StringComparison.Ordinal), headers, null, context);
                using var response = await client.SendAsync(request, deadline.Token);
                if (response.IsSuccessStatusCode)
                    await statements.EndAsync(context, handle, attempt);
                // it has forgotten the query: who sent it may still end it here
                if ((int)response.StatusCode is not (StatusCodes.Status404NotFound or StatusCodes.Status410Gone))
                {
                    await PassThrough.CopyAsync(response, context);
                    return;
                }
            }
            catch (Exception failed) when (failed is HttpRequestException or OperationCanceledException)
            {
                GatewayLog.CancelNotDelivered(gateway.Log, handle.Id, attempt.Place.Coordinator, failed.Message);
            }
        }
        if (!IsSender(context, handle))
        {
            await RefuseAsync(context);
            return;
        }
        await statements.EndAsync(context, handle, told);
        context.Response.StatusCode = StatusCodes.Status204NoContent;
    }

    private async Task DescribeAsync(HttpContext context, QueryHandle handle)
    {
        var origin = ClientOrigin.Of(context, gateway.Calls.TrustedProxies);
        var info = new ArrayBufferWriter<byte>(256);
        SeguePages.HeldQuery(handle.Id, $"{origin.Base}/v1/query/{handle.Id}", gateway.Now - handle.Created, info);
        context.Response.ContentType = "application/json";
        context.Response.ContentLength = info.WrittenCount;
        await context.Response.Body.WriteAsync(info.WrittenMemory, context.RequestAborted);
    }

    private static bool IsSender(HttpContext context, QueryHandle handle) =>
        handle.Submission is { } submission && CryptographicOperations.FixedTimeEquals(submission.CredentialsHash, HashOf(context.Request));

    private static Task RefuseAsync(HttpContext context) => PlainAnswer.SayAsync(
        context, StatusCodes.Status403Forbidden, "Segue holds this query, and these are not the credentials that it was sent with.");
}
