using System.Collections.Immutable;
using System.Net;
using System.Text.Json;
using Microsoft.AspNetCore.Http;

namespace Segue.Server.Admin;

/// <summary><c>/api/queries</c>. Who is not on this machine sees neither users nor statements, and cancels nothing (R10.4).</summary>
internal sealed class QueryEndpoints(AdminSources sources)
{
    public const string Path = "/api/queries";

    private readonly AllQueries _queries = new(sources.Member, new OwnQueries(sources.Clusters, sources.Time), sources.Others);

    /// <param name="id">Null for all that live.</param>
    public Task HandleAsync(HttpContext context, string? id)
    {
        var local = IsLocal(context);
        if (id is null)
            return ListAsync(context, local);
        if (!HttpMethods.IsDelete(context.Request.Method))
            return ShowAsync(context, id, local);
        return local ? CancelAsync(context, id) : AdminEndpoints.TextAsync(context, StatusCodes.Status403Forbidden, NotLocal);
    }

    private const string NotLocal =
        "A query is cancelled from the machine that Segue runs on: send this to 127.0.0.1 or localhost, without a proxy between. There is no token for others yet.\n";

    private async Task ListAsync(HttpContext context, bool local)
    {
        var report = await _queries.ListAsync();
        report = report with { Queries = [.. report.Queries.Select(query => Shown(query, local))] };
        await AdminEndpoints.JsonAsync(context, JsonSerializer.SerializeToUtf8Bytes(report, AdminJson.Default.QueryListReport));
    }

    private async Task ShowAsync(HttpContext context, string id, bool local)
    {
        var (found, silent) = await _queries.FindAsync(id);
        if (found is null)
            await UnknownAsync(context, id, silent);
        else
            await AdminEndpoints.JsonAsync(context, JsonSerializer.SerializeToUtf8Bytes(Shown(found, local), AdminJson.Default.QueryReport));
    }

    private async Task CancelAsync(HttpContext context, string id)
    {
        var (report, silent) = await _queries.CancelAsync(id);
        if (report is null)
        {
            await UnknownAsync(context, id, silent);
            return;
        }
        context.Response.StatusCode = report.Done ? StatusCodes.Status200OK : StatusCodes.Status409Conflict;
        await AdminEndpoints.JsonAsync(context, JsonSerializer.SerializeToUtf8Bytes(report, AdminJson.Default.CancelReport));
    }

    private static Task UnknownAsync(HttpContext context, string id, ImmutableArray<string> silent) => AdminEndpoints.TextAsync(
        context, StatusCodes.Status404NotFound,
        $"No query {id} is known here. One that has ended is known for half a minute more.{string.Concat(silent.Select(static member => $" Member {member} did not answer: it may be one of its queries."))}\n");

    private static QueryReport Shown(QueryReport report, bool local) => local ? report : report with { User = null, Statement = null };

    /// <summary>
    /// Over loopback, and not by way of a proxy on this machine or of a page in a browser on it, which both speak for others: a page whose name was
    /// pointed at this machine shows in <c>Host</c>, any other one in <c>Origin</c>.
    /// </summary>
    private static bool IsLocal(HttpContext context)
    {
        var headers = context.Request.Headers;
        var host = context.Request.Host.Host.Trim('[', ']');
        return context.Connection.RemoteIpAddress is { } peer && IPAddress.IsLoopback(peer)
            && (host == "localhost" || (IPAddress.TryParse(host, out var named) && IPAddress.IsLoopback(named)))
            && headers.Origin.Count == 0
            && !headers.Keys.Any(static name => name.Equals("Forwarded", StringComparison.OrdinalIgnoreCase) || name.StartsWith("X-Forwarded-", StringComparison.OrdinalIgnoreCase));
    }
}
