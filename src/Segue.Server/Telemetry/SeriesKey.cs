using System.Text;

namespace Segue.Server.Telemetry;

/// <summary>The labels of one series, comparable without an allocation per measurement. Segue has at most three, all text.</summary>
internal readonly record struct SeriesKey(Label First, Label Second, Label Third)
{
    public static SeriesKey Of(ReadOnlySpan<KeyValuePair<string, object?>> tags) => tags switch
    {
        [] => default,
        [var a] => new(Label.Of(a), default, default),
        [var a, var b] => new(Label.Of(a), Label.Of(b), default),
        [var a, var b, var c] => new(Label.Of(a), Label.Of(b), Label.Of(c)),
        _ => throw new NotSupportedException("more than three labels"),
    };

    /// <summary><c>a="x",b="y"</c>, escaped as the text format asks.</summary>
    public override string ToString()
    {
        var text = new StringBuilder();
        foreach (var label in (ReadOnlySpan<Label>)[First, Second, Third])
            label.AppendTo(text);
        return text.ToString();
    }
}

internal readonly record struct Label(string? Name, string? Value)
{
    public static Label Of(KeyValuePair<string, object?> tag) => new(tag.Key, (string?)tag.Value);

    public void AppendTo(StringBuilder text)
    {
        if (Name is null)
            return;
        text.Append(text.Length > 0 ? "," : "").Append(Name).Append("=\"");
        foreach (var c in Value ?? "")
            _ = c switch
            {
                '\\' => text.Append("\\\\"),
                '"' => text.Append("\\\""),
                '\n' => text.Append("\\n"),
                _ => text.Append(c),
            };
        text.Append('"');
    }
}
