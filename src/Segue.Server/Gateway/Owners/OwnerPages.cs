using System.Buffers;
using Microsoft.AspNetCore.Http;
using Segue.Core.Model;
using Segue.Core.Protocol;
using Segue.Core.Routing;
using Segue.Server.Gateway.Clients;
using Segue.Server.Gateway.Pages;

namespace Segue.Server.Gateway.Owners;

/// <summary>What a client is told while its query's owner does not answer.</summary>
internal static class OwnerPages
{
    /// <summary>Its own nextUri again: whoever answers that goes on from where the client stands.</summary>
    public static async Task SendWaitingAsync(GatewayServices gateway, ClientCall call, StatementPath path, Instant since)
    {
        var page = new ArrayBufferWriter<byte>(512);
        SeguePages.Queued(
            path.Id, call.Origin.InfoUri(path.Id), call.Origin.Base + StatementPath.Build(path.Executing, path.Id, path.Token, path.Sequence), gateway.Now - since, page);
        call.Context.Response.StatusCode = StatusCodes.Status200OK;
        call.Context.Response.ContentType = "application/json";
        await using var body = ResponseBody.Begin(call, page.WrittenCount);
        await body.WriteAsync(page.WrittenMemory, call.Aborted);
    }
}
