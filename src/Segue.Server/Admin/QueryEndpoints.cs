using System.Collections.Immutable;
using System.Net;
using System.Text.Json;
using Microsoft.AspNetCore.Http;

namespace Segue.Server.Admin;

/// <summary><c>/api/queries</c>. Who is not on this machine sees neither users nor statements, and cancels nothing (R10.4).</summary>
internal sealed class QueryEndpoints(AdminSources sources)
{
    public const string Path = "/api/queries";

    private const int Most = 1000;

    /// <param name="id">Null for all that live.</param>
    public Task HandleAsync(HttpContext context, string? id)
    {
        var local = IsLocal(context);
        if (id is null)
            return ListAsync(context, local);
        if (HttpMethods.IsDelete(context.Request.Method))
            return local ? CancelAsync(context, id) : AdminEndpoints.TextAsync(context, StatusCodes.Status403Forbidden, NotLocal);
        var found = sources.Clusters.Select(cluster => cluster.Desk.Find(id)).FirstOrDefault(static report => report is not null);
        return found is null
            ? UnknownAsync(context, id)
            : AdminEndpoints.JsonAsync(context, JsonSerializer.SerializeToUtf8Bytes(Shown(found, local), AdminJson.Default.QueryReport));
    }

    private const string NotLocal =
        "A query is cancelled from the machine that Segue runs on: send this to 127.0.0.1 or localhost, without a proxy between. There is no token for others yet.\n";

    private Task ListAsync(HttpContext context, bool local)
    {
        var live = sources.Clusters.SelectMany(static cluster => cluster.Desk.Live()).ToImmutableArray();
        var report = new QueryListReport
        {
            At = sources.Time.GetUtcNow(),
            Queries = [.. live.Take(Most).Select(query => Shown(query, local))],
            LeftOut = Math.Max(0, live.Length - Most),
        };
        return AdminEndpoints.JsonAsync(context, JsonSerializer.SerializeToUtf8Bytes(report, AdminJson.Default.QueryListReport));
    }

    private async Task CancelAsync(HttpContext context, string id)
    {
        foreach (var cluster in sources.Clusters)
        {
            if (await cluster.Desk.CancelAsync(id) is not { } report)
                continue;
            context.Response.StatusCode = report.Done ? StatusCodes.Status200OK : StatusCodes.Status409Conflict;
            await AdminEndpoints.JsonAsync(context, JsonSerializer.SerializeToUtf8Bytes(report, AdminJson.Default.CancelReport));
            return;
        }
        await UnknownAsync(context, id);
    }

    private static Task UnknownAsync(HttpContext context, string id) => AdminEndpoints.TextAsync(
        context, StatusCodes.Status404NotFound,
        $"No query {id} is known here. One that has ended is known for half a minute more; another member's queries are asked for there.\n");

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
