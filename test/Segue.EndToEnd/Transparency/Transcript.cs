using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace Segue.EndToEnd.Transparency;

/// <summary>
/// What a client saw, as lines that must be the same whichever way it came. Names that are each run's own (query and transaction ids, the host,
/// durations) are replaced by words.
/// </summary>
internal sealed partial class Transcript(Uri server, string headerPrefix)
{
    /// <summary>Where rows differ or streams are timed the engines differ from themselves: pages' number, stack traces, clocks.</summary>
    private static readonly HashSet<string> OwnHeaders = new(StringComparer.OrdinalIgnoreCase)
    {
        "Date", "Content-Length", "Transfer-Encoding", "Connection", "Server", "ETag", "Last-Modified",
    };

    private readonly List<string> _lines = [];

    /// <summary>How each statement ended: FINISHED, an error's name, or the status of an answer that is no page.</summary>
    public List<string> Endings { get; } = [];

    /// <summary>The first lines that differ; null where none does.</summary>
    public static string? Difference(Transcript direct, Transcript through)
    {
        var at = direct._lines.Zip(through._lines).TakeWhile(static pair => pair.First == pair.Second).Count();
        return at == direct._lines.Count && at == through._lines.Count
            ? null
            : $"line {at}:\n  directly  {Line(direct, at)}\n  by Segue  {Line(through, at)}\n  after     {(at == 0 ? "" : Line(direct, at - 1))}";

        static string Line(Transcript one, int at) =>
            at >= one._lines.Count ? "(nothing)" : one._lines[at].Length > 2000 ? one._lines[at][..2000] + "…" : one._lines[at];
    }

    public void Say(string line) => _lines.Add(Anonymous(line));

    /// <summary>All pages of a statement.</summary>
    public void Statement(IReadOnlyList<RawAnswer> pages, Compared compared)
    {
        var json = pages.Where(static page => page.Header("Content-Type") == "application/json").Select(static page => JsonDocument.Parse(page.Body).RootElement).ToList();
        if (json.Count < pages.Count)
        {
            Endings.Add($"{pages[^1].Status}");
            Answer(pages[^1]);
            return;
        }
        var last = json[^1];
        var failed = last.TryGetProperty("error", out var error);
        var state = last.GetProperty("stats").GetProperty("state").GetString()!;
        Endings.Add(failed ? error.GetProperty("errorName").GetString()! : state);
        Say($"ends {state}");
        if (failed)
            Error(error); // how much a page with an error says of the result depends on how far it had come
        else
            Result(json, last, compared);
        foreach (var header in pages.SelectMany(SessionHeaders).Distinct())
            Say($"on some page {header}");
        Head(pages[^1]);
    }

    /// <summary>One answer that is no page.</summary>
    public void Answer(RawAnswer answer)
    {
        Head(answer);
        var text = Encoding.UTF8.GetString(answer.Body);
        Say(text.StartsWith('{') ? $"json {string.Join(' ', Names(JsonDocument.Parse(text).RootElement))}" : $"text {Numbers().Replace(text, "<number>")}");
    }

    private void Result(List<JsonElement> pages, JsonElement last, Compared compared)
    {
        Say($"stats {string.Join(' ', Names(last.GetProperty("stats")))}");
        // while a stage runs a page says how to cancel it: the moment's affair
        Say($"fields {string.Join(' ', pages.SelectMany(Names).Distinct().Except(["partialCancelUri"]).Order(StringComparer.Ordinal))}");
        foreach (var field in (string[])["updateType", "updateCount", "warnings"])
            if (last.TryGetProperty(field, out var value))
                Say($"{field} {value.GetRawText()}");
        foreach (var columns in pages.Where(static page => page.TryGetProperty("columns", out _)).Select(static page => page.GetProperty("columns").GetRawText()).Distinct())
            Say($"columns {columns}");
        Rows(pages, compared);
    }

    private void Head(RawAnswer answer)
    {
        Say($"status {answer.Status}");
        foreach (var (name, value) in answer.Headers.Where(static header => !OwnHeaders.Contains(header.Name)).OrderBy(static header => header.Name, StringComparer.OrdinalIgnoreCase))
            Say($"{name}: {value}");
    }

    private void Rows(List<JsonElement> pages, Compared compared)
    {
        foreach (var encoded in Data(pages).Where(static data => data.ValueKind == JsonValueKind.Object))
            Say($"encoded {encoded.GetRawText()}");
        var rows = Data(pages).Where(static data => data.ValueKind == JsonValueKind.Array).SelectMany(static data => data.EnumerateArray()).Select(static row => row.GetRawText());
        switch (compared)
        {
            case Compared.InOrder:
                _lines.AddRange(rows);
                break;
            case Compared.AsMultiset:
                _lines.AddRange(rows.Order(StringComparer.Ordinal));
                break;
            case Compared.Not:
                Say($"rows: {rows.Any()}");
                break;
            default:
                throw new InvalidOperationException($"no such comparison: {compared}");
        }
        foreach (var binary in pages.Where(static page => page.TryGetProperty("binaryData", out _)))
            Say($"binary {binary.GetProperty("binaryData").GetRawText()}");
    }

    private void Error(JsonElement error)
    {
        foreach (var field in error.EnumerateObject())
            Say($"error {field.Name} {StackTraces().Replace(field.Value.GetRawText(), "\"stack\":[]")}");
    }

    private IEnumerable<string> SessionHeaders(RawAnswer page) =>
        page.Headers.Where(header => header.Name.StartsWith(headerPrefix, StringComparison.OrdinalIgnoreCase)).Select(static header => $"{header.Name}: {header.Value}");

    private static IEnumerable<JsonElement> Data(IEnumerable<JsonElement> pages) =>
        pages.Where(static page => page.TryGetProperty("data", out _)).Select(static page => page.GetProperty("data"));

    /// <summary>In the order of the alphabet: clients take any order, and nextUri has another one here.</summary>
    private static IEnumerable<string> Names(JsonElement json) => json.EnumerateObject().Select(static field => field.Name).Order(StringComparer.Ordinal);

    private string Anonymous(string line) =>
        Durations().Replace(TransactionIds().Replace(QueryIds().Replace(line.Replace(server.Authority, "<host>", StringComparison.Ordinal), "<query>"), "<transaction>"), "<duration>");

    [GeneratedRegex(@"\d{8}_\d{6}_\d{5}_[a-z0-9]{5}")]
    private static partial Regex QueryIds();

    // as the engine makes it, and with what Segue adds (R6.6)
    [GeneratedRegex(@"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}(_[a-z0-9]{5})?")]
    private static partial Regex TransactionIds();

    [GeneratedRegex(@"\d+")]
    private static partial Regex Numbers();

    [GeneratedRegex(@"\b\d+\.\d+(ns|us|ms|s|m)\b")]
    private static partial Regex Durations();

    [GeneratedRegex("\"stack\":\\[[^\\]]*\\]")]
    private static partial Regex StackTraces();
}
