using System.Globalization;
using Microsoft.AspNetCore.Http;
using Segue.Core.Model;

namespace Segue.Rehearsal.Statements;

/// <summary>A statement's URI taken apart.</summary>
internal readonly record struct StatementUri(bool Executing, string QueryId, string Slug, long Token);

/// <summary>The forms of nextUri (protocol.md §1.1): the slug is in Presto's query and in Trino's path.</summary>
internal static class StatementUris
{
    /// <summary>Scheme and host as the client named them (protocol.md §1.6).</summary>
    public static string Origin(HttpContext http, EngineKind engine)
    {
        var forwarded = http.Request.Headers["X-Forwarded-Proto"].ToString();
        var scheme = engine == EngineKind.Presto && forwarded.Length > 0 ? forwarded : "http";
        return $"{scheme}://{http.Request.Host.Value}";
    }

    public static string Of(string origin, EngineKind engine, Query query, bool executing, long token)
    {
        var phase = executing ? "executing" : "queued";
        var slug = query.Slug.Of(executing, token);
        return engine == EngineKind.Presto
            ? string.Create(CultureInfo.InvariantCulture, $"{origin}/v1/statement/{phase}/{query.Id}/{token}?slug={slug}")
            : string.Create(CultureInfo.InvariantCulture, $"{origin}/v1/statement/{phase}/{query.Id}/{slug}/{token}");
    }

    /// <summary>Reads <c>/v1/statement/queued|executing/…</c>; null where it is something else.</summary>
    public static StatementUri? Read(HttpContext http, EngineKind engine)
    {
        var parts = http.Request.Path.Value!.Split('/', StringSplitOptions.RemoveEmptyEntries);
        if (parts.Length != (engine == EngineKind.Presto ? 5 : 6)
            || parts[2] is not ("queued" or "executing")
            || !long.TryParse(parts[^1], CultureInfo.InvariantCulture, out var token))
            return null;
        var slug = engine == EngineKind.Presto ? http.Request.Query["slug"].ToString() : parts[4];
        return new StatementUri(parts[2] == "executing", parts[3], slug, token);
    }
}
