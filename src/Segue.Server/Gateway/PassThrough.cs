using System.Net;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Segue.Server.Upstream;

namespace Segue.Server.Gateway;

/// <summary>Carries what is not a statement (UI, info, spooled segments, OAuth) to one coordinator and back, unread.</summary>
internal sealed class PassThrough(UpstreamCall calls)
{
    /// <summary>Throws <see cref="HttpRequestException"/> where the coordinator gave no answer; nothing was sent to the client then.</summary>
    public async Task<HttpStatusCode> ForwardAsync(HttpContext context, CoordinatorClient coordinator, string pathAndQuery)
    {
        var request = calls.Build(
            coordinator, new HttpMethod(context.Request.Method), pathAndQuery, HeaderRules.Capture(context.Request.Headers), null, context);
        using (request)
        {
            if (HasBody(context))
            {
                request.Content = new StreamContent(context.Request.Body);
                CopyContentHeaders(context, request.Content);
            }
            using var response = await coordinator.SendAsync(request, context.RequestAborted);
            await CopyAsync(response, context);
            return response.StatusCode;
        }
    }

    /// <summary>The coordinator's answer to the client, whole and unchanged.</summary>
    public static async Task CopyAsync(HttpResponseMessage response, HttpContext context)
    {
        context.Response.StatusCode = (int)response.StatusCode;
        HeaderRules.CopyResponse(response, context.Response, withLength: true);
        await response.Content.CopyToAsync(context.Response.Body, context.RequestAborted);
    }

    private static bool HasBody(HttpContext context) =>
        context.Features.Get<IHttpRequestBodyDetectionFeature>()?.CanHaveBody ?? false;

    private static void CopyContentHeaders(HttpContext context, HttpContent content)
    {
        if (context.Request.ContentLength is { } length)
            content.Headers.ContentLength = length;
        foreach (var header in context.Request.Headers)
        {
            if (header.Key.StartsWith("Content-", StringComparison.OrdinalIgnoreCase) && !header.Key.Equals("Content-Length", StringComparison.OrdinalIgnoreCase))
                content.Headers.TryAddWithoutValidation(header.Key, (IEnumerable<string?>)header.Value);
        }
    }
}
