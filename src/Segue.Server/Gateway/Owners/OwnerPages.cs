using System.Buffers;
using Microsoft.AspNetCore.Http;
using Segue.Core.Model;
using Segue.Core.Protocol;
using Segue.Core.Recovery;
using Segue.Core.Routing;
using Segue.Server.Gateway.Clients;
using Segue.Server.Gateway.Pages;

namespace Segue.Server.Gateway.Owners;

/// <summary>What a client is told while its query's owner does not answer.</summary>
internal static class OwnerPages
{
    /// <summary>Its own nextUri again: whoever answers that goes on from where the client stands.</summary>
    public static Task SendWaitingAsync(GatewayServices gateway, ClientCall call, StatementPath path, Instant since) => SendAsync(call, page => SeguePages.Queued(
        path.Id, call.Origin.InfoUri(path.Id), call.Origin.Base + StatementPath.Build(path.Executing, path.Id, path.Token, path.Sequence), gateway.Now - since, page));

    /// <summary>The owner's session lives, and it cannot be reached.</summary>
    public static Task SendLostAsync(GatewayServices gateway, ClientCall call, StatementPath path, bool mayHaveEffects, TimeSpan waited)
    {
        var error = mayHaveEffects ? SegueErrors.OutcomeUnknown : SegueErrors.Restarted;
        var message = $"The member of Segue that follows this statement could not be reached for {waited.TotalSeconds:0} s. "
            + (mayHaveEffects ? "It may or may not have taken effect: look before you send it again." : "It changed nothing: send it again.");
        GatewayLog.Failed(gateway.Log, path.Id, error.Name, message);
        return SendAsync(call, page => SeguePages.Failed(path.Id, call.Origin.InfoUri(path.Id), new PageError(error.Name, error.Code, error.Type, message), waited, page));
    }

    private static async Task SendAsync(ClientCall call, Action<IBufferWriter<byte>> write)
    {
        var page = new ArrayBufferWriter<byte>(512);
        write(page);
        call.Context.Response.StatusCode = StatusCodes.Status200OK;
        call.Context.Response.ContentType = "application/json";
        await using var body = ResponseBody.Begin(call, page.WrittenCount);
        await body.WriteAsync(page.WrittenMemory, call.Aborted);
    }
}
