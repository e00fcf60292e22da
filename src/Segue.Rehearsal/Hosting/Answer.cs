using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Http;

namespace Segue.Rehearsal.Hosting;

/// <summary>The few shapes in which the engines answer.</summary>
internal static class Answer
{
    public static Task StatusAsync(HttpContext http, int status)
    {
        http.Response.StatusCode = status;
        return Task.CompletedTask;
    }

    public static Task TextAsync(HttpContext http, int status, string text)
    {
        http.Response.StatusCode = status;
        http.Response.ContentType = "text/plain";
        return http.Response.WriteAsync(text, Encoding.UTF8, http.RequestAborted);
    }

    /// <summary>Exactly <c>application/json</c>: some clients refuse a charset (clients.md, pages).</summary>
    public static async Task JsonAsync(HttpContext http, Action<Utf8JsonWriter> write)
    {
        var body = Json.Bytes(write);
        http.Response.ContentType = "application/json";
        http.Response.ContentLength = body.Length;
        if (!HttpMethods.IsHead(http.Request.Method))
            await http.Response.Body.WriteAsync(body, http.RequestAborted);
    }
}
