using Microsoft.AspNetCore.Http;

namespace Segue.Server.Gateway;

/// <summary>What Segue says itself, to people and load balancers, where no page is asked for.</summary>
internal static class PlainAnswer
{
    /// <summary>A nextUri that cannot be answered.</summary>
    public static Task GoneAsync(HttpContext context, string why) => SayAsync(context, StatusCodes.Status410Gone, why);

    public static Task SayAsync(HttpContext context, int status, string sentence)
    {
        context.Response.StatusCode = status;
        context.Response.ContentType = "text/plain";
        return context.Response.WriteAsync(sentence + "\n", context.RequestAborted);
    }
}
