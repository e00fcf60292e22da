namespace Segue.Core.Routing;

/// <summary>Decides from method and raw path what a request on the client port is.</summary>
public static class RequestClassifier
{
    /// <summary>protocol.md §2-5: paths between nodes, which need no credentials on Presto.</summary>
    private static readonly HashSet<string> InternalRoots = new(StringComparer.OrdinalIgnoreCase)
    {
        "task", "taskInfo", "memory", "store", "status", "thrift", "resource-manager",
    };

    /// <param name="method">In upper case, as HTTP has it.</param>
    /// <param name="target">The raw request target, not decoded, with or without a query.</param>
    public static RequestClass Classify(string method, ReadOnlySpan<char> target)
    {
        if (PathReading.Canonical(PathReading.PathOf(target)) is not { } path)
            return new RequestClass(RequestKind.Ambiguous);
        var parts = path[1..].Split('/');
        return parts switch
        {
            ["segue", "health", "live" or "ready"] => new RequestClass(RequestKind.Health),
            [var root, var name, ..] when root.Equals("v1", StringComparison.OrdinalIgnoreCase) && IsInternal(method, name) =>
                new RequestClass(RequestKind.Internal),
            ["v1", "statement", .. var rest] => OfStatement(method, rest),
            ["v1", "stage", var id] when method == "DELETE" => new RequestClass(RequestKind.PartialCancel, id),
            ["v1", "query", var id, ..] => new RequestClass(RequestKind.Query, id),
            ["ui", "api", "query", var id, ..] => new RequestClass(RequestKind.Query, id),
            ["v1", "announcement", var id] when method is "PUT" or "DELETE" => new RequestClass(RequestKind.Announcement, id),
            ["v1", "service", ..] when method == "GET" => new RequestClass(RequestKind.ServiceLookup),
            ["v1", "announce"] when method == "POST" => new RequestClass(RequestKind.Announce),
            ["v1", "announcement" or "service", ..] => new RequestClass(RequestKind.Internal),
            _ => new RequestClass(RequestKind.Other),
        };
    }

    /// <summary>PUT /v1/info/state stops or idles a coordinator: that is done at the coordinator or by Segue, not through the client port.</summary>
    private static bool IsInternal(string method, string name) =>
        InternalRoots.Contains(name) || (method == "PUT" && name.Equals("info", StringComparison.OrdinalIgnoreCase));

    private static RequestClass OfStatement(string method, string[] rest) => (method, rest) switch
    {
        ("POST", []) => new RequestClass(RequestKind.SubmitStatement),
        ("HEAD", []) => new RequestClass(RequestKind.CheckStatement),
        ("PUT", [var id]) => new RequestClass(RequestKind.SubmitStatement, id),
        ("DELETE", ["executing", "partialCancel", var id, ..]) => new RequestClass(RequestKind.PartialCancel, id),
        ("GET" or "HEAD" or "DELETE", ["queued" or "executing", var id, _, _]) => new RequestClass(RequestKind.PollStatement, id),
        _ => new RequestClass(RequestKind.Other),
    };
}
