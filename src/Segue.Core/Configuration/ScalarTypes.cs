using System.Globalization;

namespace Segue.Core.Configuration;

/// <summary>The kinds of single values that keys have.</summary>
internal static class ScalarTypes
{
    public static readonly ScalarType<string> Text = new("text", AnyText, static text => text);

    /// <summary>May run over several lines.</summary>
    public static readonly ScalarType<string> Statement = new("SQL", ParseStatement, static text => text.ReplaceLineEndings(" "));

    public static readonly ScalarType<string> Secret = new("secret text", AnyText, static text => text) { Secret = true };

    public static readonly ScalarType<bool> Boolean = new("true or false", ParseBoolean, static value => value ? "true" : "false") { Plain = true };

    public static readonly ScalarType<string> ClusterName =
        new("1-63 of a-z, 0-9 and -", ParseClusterName, static text => text);

    public static readonly ScalarType<string> FunctionPattern =
        new("a function name, with * for any part", ParsePattern, static text => text);

    public static readonly ScalarType<string> Cidr = new("an address range, e.g. 10.0.0.0/8", ParseCidr, static text => text);

    public static ScalarType<TimeSpan> Duration(TimeSpan least, TimeSpan most) => new(
        $"{ConfigUnits.Show(least)} to {ConfigUnits.Show(most)}",
        (string text, out TimeSpan value) => ConfigUnits.ParseDuration(text, out value) ?? Bounded(value, least, most),
        ConfigUnits.Show);

    public static ScalarType<long> Size(long least, long most) => new(
        $"{ConfigUnits.ShowSize(least)} to {ConfigUnits.ShowSize(most)}",
        (string text, out long value) => ConfigUnits.ParseSize(text, out value) ?? Bounded(value, least, most),
        ConfigUnits.ShowSize);

    public static ScalarType<int> Number(int least, int most) => new(
        string.Create(CultureInfo.InvariantCulture, $"{least} to {most}"),
        (string text, out int value) => int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out value)
            ? Bounded(value, least, most)
            : "is not a whole number",
        static value => value.ToString(CultureInfo.InvariantCulture))
    { Plain = true };

    public static ScalarType<T> Choice<T>(params (string Name, T Value)[] choices)
        where T : struct, Enum => new(
        string.Join(", ", choices.Select(static choice => choice.Name)),
        (string text, out T value) =>
        {
            foreach (var choice in choices)
            {
                value = choice.Value;
                if (choice.Name == text)
                    return null;
            }
            value = default;
            return "is not one of the choices";
        },
        value => choices.First(choice => choice.Value.Equals(value)).Name);

    private static string? Bounded<T>(T value, T least, T most)
        where T : IComparable<T> =>
        value.CompareTo(least) < 0 ? "is too small" : value.CompareTo(most) > 0 ? "is too large" : null;

    private static string? AnyText(string text, out string value)
    {
        value = text;
        return text.Length == 0 ? "is empty" : text.Any(char.IsControl) ? "contains a control character" : null;
    }

    private static string? ParseStatement(string text, out string value)
    {
        value = text.Trim();
        return value.Length == 0 ? "is empty" : value.EndsWith(';') ? "ends in a semicolon" : null;
    }

    private static string? ParseBoolean(string text, out bool value)
    {
        value = text == "true";
        return value || text == "false" ? null : "is neither true nor false";
    }

    // part of store keys and metric labels
    private static string? ParseClusterName(string text, out string value)
    {
        value = text;
        return text.Length is >= 1 and <= 63 && text.All(static c => char.IsAsciiLetterLower(c) || char.IsAsciiDigit(c) || c == '-')
            ? null
            : "is not a cluster's name";
    }

    private static string? ParsePattern(string text, out string value)
    {
        value = text;
        return text.Length > 0 && text.All(static c => char.IsAsciiLetterOrDigit(c) || c is '_' or '.' or '*' or '$')
            ? null
            : "is not a function name";
    }

    private static string? ParseCidr(string text, out string value)
    {
        value = text;
        var slash = text.IndexOf('/', StringComparison.Ordinal);
        if (slash < 0)
            return "lacks its prefix length";
        var most = Uri.CheckHostName(text[..slash]) switch
        {
            UriHostNameType.IPv4 => 32,
            UriHostNameType.IPv6 => 128,
            _ => -1,
        };
        return most > 0 && int.TryParse(text.AsSpan(slash + 1), NumberStyles.None, CultureInfo.InvariantCulture, out var length) && length <= most
            ? null
            : "is not an address range";
    }
}
