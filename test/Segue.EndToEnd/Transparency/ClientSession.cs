using Segue.Core.Protocol;

namespace Segue.EndToEnd.Transparency;

/// <summary>What a client keeps between its statements: whatever answers told it to send from now on.</summary>
internal sealed class ClientSession(Dialect dialect)
{
    private readonly Dictionary<string, string> _single = [];
    private readonly Dictionary<(string Header, string Key), string> _keyed = [];

    /// <summary>The header lines of the next statement.</summary>
    public IEnumerable<(string Name, string Value)> Lines =>
    [
        (dialect.Header("User"), "transparency"),
        .. _single.Select(entry => (dialect.Header(entry.Key), entry.Value)),
        .. _keyed.Select(entry => (dialect.Header(entry.Key.Header), $"{entry.Key.Key}={entry.Value}")),
    ];

    public void Learn(RawAnswer answer)
    {
        foreach (var (name, value) in answer.Headers.Where(header => header.Name.StartsWith(dialect.HeaderPrefix, StringComparison.OrdinalIgnoreCase)))
            Learn(name[dialect.HeaderPrefix.Length..], value);
    }

    private void Learn(string header, string value)
    {
        switch (header)
        {
            case "Set-Catalog" or "Set-Schema" or "Set-Path":
                _single[header[4..]] = value;
                break;
            case "Set-Session" or "Set-Role":
                Keep(header[4..], value);
                break;
            case "Clear-Session":
                _keyed.Remove(("Session", value));
                break;
            case "Added-Prepare":
                Keep("Prepared-Statement", value);
                break;
            case "Deallocated-Prepare":
                _keyed.Remove(("Prepared-Statement", value));
                break;
            case "Added-Session-Functions":
                Keep("Session-Function", value);
                break;
            case "Removed-Session-Function":
                _keyed.Remove(("Session-Function", value));
                break;
            case "Started-Transaction-Id":
                _single["Transaction-Id"] = value;
                break;
            case "Clear-Transaction-Id":
                _single.Remove("Transaction-Id");
                break;
            default:
                // nothing that a client keeps
                break;
        }
    }

    private void Keep(string header, string pair) => _keyed[(header, pair.Split('=', 2)[0])] = pair.Split('=', 2)[1];
}
