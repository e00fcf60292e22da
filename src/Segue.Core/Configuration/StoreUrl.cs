using System.Collections.Immutable;
using System.Globalization;

namespace Segue.Core.Configuration;

public enum StoreKind
{
    /// <summary>A file in the data directory; one member.</summary>
    Embedded,

    Postgres,

    Etcd,
}

/// <summary>One store, as one writes it: <c>embedded</c>, <c>postgres://user@host/database</c>, <c>etcd://host:2379,host:2379</c>.</summary>
public sealed record StoreUrl
{
    public static StoreUrl Embedded { get; } = new();

    public StoreKind Kind { get; init; }

    /// <summary>In the order written; tried in this order.</summary>
    public ImmutableArray<StoreHost> Hosts { get; init; } = [];

    public string? User { get; init; }

    public string? Password { get; init; }

    /// <summary>PostgreSQL's database; what etcd's keys begin with.</summary>
    public string Name { get; init; } = "";

    /// <summary>PostgreSQL's schema.</summary>
    public string Schema { get; init; } = "segue";

    /// <summary>Never with the password.</summary>
    public override string ToString() => Kind switch
    {
        StoreKind.Embedded => "embedded",
        StoreKind.Postgres => $"postgres://{User}@{string.Join(',', Hosts)}/{Name}{(Schema == "segue" ? "" : "?schema=" + Schema)}",
        StoreKind.Etcd => $"etcd://{(User is null ? "" : User + "@")}{string.Join(',', Hosts)}{(Name == "segue" ? "" : "/" + Name)}",
        _ => throw new InvalidOperationException($"no such store: {Kind}"),
    };

    /// <returns>What is wrong, or null.</returns>
    internal static string? Parse(string text, out StoreUrl url)
    {
        url = Embedded;
        if (text == "embedded")
            return null;
        var separator = text.IndexOf("://", StringComparison.Ordinal);
        StoreKind? kind = separator < 0 ? null : text[..separator] switch
        {
            "postgres" or "postgresql" => StoreKind.Postgres,
            "etcd" => StoreKind.Etcd,
            _ => null,
        };
        if (kind is null)
            return "is not a store";
        var (rest, query) = Cut(text[(separator + 3)..], '?');
        var (authority, path) = Cut(rest, '/');
        var at = authority.LastIndexOf('@');
        var (user, password) = Cut(at < 0 ? "" : authority[..at], ':');
        url = new StoreUrl
        {
            Kind = kind.Value,
            User = user is "" ? null : Uri.UnescapeDataString(user),
            Password = password is null or "" ? null : Uri.UnescapeDataString(password),
            Name = path is null or "" ? kind == StoreKind.Etcd ? "segue" : "" : Uri.UnescapeDataString(path),
        };
        return ParseHosts(authority[(at + 1)..], ref url)
            ?? (kind == StoreKind.Postgres ? JudgePostgres(query, ref url) : JudgeEtcd(query, url));
    }

    private static string? ParseHosts(string text, ref StoreUrl url)
    {
        var hosts = ImmutableArray.CreateBuilder<StoreHost>();
        foreach (var part in text.Split(','))
        {
            // a colon inside brackets belongs to an IPv6 address
            var colon = part.LastIndexOf(':');
            var hasPort = colon > part.LastIndexOf(']');
            var host = hasPort ? part[..colon] : part;
            var port = url.Kind == StoreKind.Postgres ? 5432 : 2379;
            if (Uri.CheckHostName(host) == UriHostNameType.Unknown)
                return host.Length == 0 ? "lacks a host" : "has a host that is none";
            if (hasPort && (!int.TryParse(part.AsSpan(colon + 1), NumberStyles.None, CultureInfo.InvariantCulture, out port) || port is < 1 or > 65535))
                return "has no valid port";
            hosts.Add(new StoreHost(host.ToLowerInvariant(), port));
        }
        url = url with { Hosts = hosts.ToImmutable() };
        return null;
    }

    private static string? JudgePostgres(string? query, ref StoreUrl url)
    {
        if (url.User is null)
            return "lacks its user";
        if (url.Name.Length == 0)
            return "lacks its database";
        if (query is null)
            return null;
        var (key, schema) = Cut(query, '=');
        if (key != "schema")
            return $"has {key} behind the question mark, where only schema may stand; for TLS there is store.tls";
        if (schema is null or { Length: 0 or > 48 } || !schema.All(static c => char.IsAsciiLetterLower(c) || char.IsAsciiDigit(c) || c == '_') || char.IsAsciiDigit(schema[0]))
            return "has a schema that is not 1-48 of a-z, 0-9 and _";
        url = url with { Schema = schema };
        return null;
    }

    private static string? JudgeEtcd(string? query, StoreUrl url) =>
        query is not null ? "has something behind a question mark"
        : url.Password is not null && url.User is null ? "has a password without a user"
        : null;

    private static (string Before, string? Behind) Cut(string text, char at)
    {
        var place = text.IndexOf(at, StringComparison.Ordinal);
        return place < 0 ? (text, null) : (text[..place], text[(place + 1)..]);
    }
}

public readonly record struct StoreHost(string Host, int Port)
{
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Host}:{Port}");
}
