using System.Text.Json;
using Microsoft.AspNetCore.Http;

namespace Segue.Server.Admin;

/// <summary>Answers what another member asks of the queries that this one serves; that one has judged who wants to know.</summary>
internal sealed class MemberAnswers(OwnQueries own)
{
    private const string Queries = "/segue/queries";

    public static string TargetOf(string? id) => id is null ? Queries : $"{Queries}/{Uri.EscapeDataString(id)}";

    /// <summary>Such a question, and no request of a client.</summary>
    public static bool IsQuestion(string target) => target == Queries || target.StartsWith(Queries + "/", StringComparison.Ordinal);

    public Task AnswerAsync(HttpContext context, string target) => target == Queries
        ? AdminEndpoints.JsonAsync(context, JsonSerializer.SerializeToUtf8Bytes(own.List(), AdminJson.Default.QueryListReport))
        : AnswerAsync(context, HttpMethods.IsDelete(context.Request.Method), Uri.UnescapeDataString(target[(Queries.Length + 1)..]));

    private async Task AnswerAsync(HttpContext context, bool cancels, string id)
    {
        if (cancels && await own.CancelAsync(id) is { } canceled)
            await AdminEndpoints.JsonAsync(context, JsonSerializer.SerializeToUtf8Bytes(canceled, AdminJson.Default.CancelReport));
        else if (!cancels && own.Find(id) is { } found)
            await AdminEndpoints.JsonAsync(context, JsonSerializer.SerializeToUtf8Bytes(found, AdminJson.Default.QueryReport));
        else
            context.Response.StatusCode = StatusCodes.Status404NotFound;
    }
}
