using System.Collections.Immutable;
using Microsoft.AspNetCore.Http;
using Segue.Core.Protocol;

namespace Segue.Rehearsal.Statements;

/// <summary>What the headers of a submission say; later requests do not repeat it (protocol.md §1.3).</summary>
internal sealed record StatementRequest(
    string Sql, string User, string Source, string? Catalog, string? Schema, string? Transaction, ImmutableDictionary<string, string> Prepared)
{
    public static StatementRequest Read(string sql, IHeaderDictionary headers, Dialect dialect)
    {
        var prepared = ImmutableDictionary.CreateBuilder<string, string>(StringComparer.Ordinal);
        foreach (var line in headers[dialect.Header("Prepared-Statement")])
            foreach (var entry in (line ?? "").Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
                if (entry.IndexOf('=', StringComparison.Ordinal) is > 0 and var equals)
                    prepared[Decode(entry[..equals])] = Decode(entry[(equals + 1)..]);
        return new StatementRequest(sql, headers[dialect.Header("User")].ToString(), headers[dialect.Header("Source")].ToString(),
            Value("Catalog"), Value("Schema"), Value("Transaction-Id") is { } id && id != "NONE" ? id : null, prepared.ToImmutable());

        string? Value(string name) => headers[dialect.Header(name)].ToString() is { Length: > 0 } value ? value : null;
    }

    private static string Decode(string value) => Uri.UnescapeDataString(value.Replace('+', ' '));
}
