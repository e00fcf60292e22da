using System.Globalization;
using Spectre.Console;
using Spectre.Console.Rendering;

namespace Segue;

/// <summary>What the commands that ask the admin port print with: plain text where the output is no terminal.</summary>
internal static class Screen
{
    // wide enough that no sentence is broken where a program reads it
    private const int PlainWidth = 1000;

    public static void Print(IRenderable picture, bool clear = false)
    {
        // said outright: left to itself, Spectre judges by TERM and colours what goes into a file
        var plain = Console.IsOutputRedirected;
        var colourless = plain || Environment.GetEnvironmentVariable("NO_COLOR") is { Length: > 0 };
        var console = AnsiConsole.Create(new AnsiConsoleSettings
        {
            Ansi = plain ? AnsiSupport.No : AnsiSupport.Detect,
            ColorSystem = colourless ? ColorSystemSupport.NoColors : ColorSystemSupport.Detect,
        });
        if (plain)
            console.Profile.Width = PlainWidth;
        if (clear)
            console.Clear();
        console.Write(picture);
        console.WriteLine();
    }

    /// <summary>The time of day, with the date where it is not today's.</summary>
    public static string Clock(DateTimeOffset at, DateTimeOffset now, TimeZoneInfo zone, string fraction = "")
    {
        var (local, today) = (TimeZoneInfo.ConvertTime(at, zone), TimeZoneInfo.ConvertTime(now, zone).Date);
        return local.ToString((local.Date == today ? "HH:mm:ss" : "yyyy-MM-dd HH:mm:ss") + fraction, CultureInfo.InvariantCulture);
    }

    // cells of words stay whole; only the sentence in the last column may wrap
    public static Table Table(params string[] columns)
    {
        var table = new Table { Border = TableBorder.None };
        for (var i = 0; i < columns.Length; i++)
        {
            var column = new TableColumn(new Text(columns[i])) { NoWrap = i < columns.Length - 1, Padding = new Padding(0, 0, 2, 0) };
            table.AddColumn(column);
        }

        return table;
    }

    public static Padder Indented(Table table) => new(table, new Padding(2, 0, 0, 0));

    public static Text Line(string text, string style = "default") => new(text, Style.Parse(style));
}
