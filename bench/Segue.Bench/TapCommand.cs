using System.CommandLine;
using System.Globalization;
using System.Text;
using Segue.Core.Protocol;

namespace Segue.Bench;

/// <summary><c>tap</c>: pages through the scanner with and without the tap that hashes rows, side by side, on one core.</summary>
internal static class TapCommand
{
    private const int ChunkBytes = 32 << 10;
    private const int PageBytes = 16 << 20;

    private static readonly Option<int> Rounds = new("--rounds") { Description = "How often each page passes, each time both ways.", DefaultValueFactory = static _ => 60 };

    public static Command Create()
    {
        var command = new Command("tap", "Pass pages through the row scanner with and without row hashes and print the rates.") { Rounds };
        command.SetAction(static parsed => Run(parsed.GetValue(Rounds)));
        return command;
    }

    private static int Run(int rounds)
    {
        Console.WriteLine($"{"rows",-12} {"bytes each",10} {"scanned GB/s",13} {"with tap GB/s",14} {"allocated",10}");
        foreach (var (name, row) in (ReadOnlySpan<(string, Func<int, string>)>)[("wide", Wide), ("lineitem", LineItem), ("two numbers", TwoNumbers), ("one digit", OneDigit)])
        {
            var page = PageOf(row, out var count);
            var (plain, tapped) = (new PageScanner(), new RowTap(1));
            var scanner = new PageScanner(tap: tapped);
            var (without, with) = (TimeSpan.Zero, TimeSpan.Zero);
            long allocated = 0;
            for (var round = -3; round < rounds; round++)
            {
                var (first, second) = (Pass(plain, page, null), TimeSpan.Zero);
                var before = GC.GetAllocatedBytesForCurrentThread();
                second = Pass(scanner, page, tapped);
                if (round < 0)
                    continue;
                allocated += GC.GetAllocatedBytesForCurrentThread() - before;
                (without, with) = (without + first, with + second);
            }
            var bytes = (double)page.Length * rounds / 1e9;
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
                $"{name,-12} {page.Length / count,10} {bytes / without.TotalSeconds,13:0.00} {bytes / with.TotalSeconds,14:0.00} {allocated,10}"));
        }
        return 0;
    }

    private static TimeSpan Pass(PageScanner scanner, byte[] page, RowTap? tap)
    {
        scanner.Reset();
        var began = TimeProvider.System.GetTimestamp();
        for (var at = 0; at < page.Length; at += ChunkBytes)
        {
            for (var chunk = page.AsSpan(at, Math.Min(ChunkBytes, page.Length - at)); !chunk.IsEmpty;)
                chunk = chunk[scanner.Feed(chunk).Consumed..];
            // as the gateway does once the rows are on their way
            tap?.Clear();
        }
        return TimeProvider.System.GetElapsedTime(began);
    }

    private static byte[] PageOf(Func<int, string> row, out int count)
    {
        var page = new StringBuilder("""{"id":"20260101_000000_00001_aaaaa","columns":[],"data":[""");
        for (count = 0; page.Length < PageBytes; count++)
            page.Append(count == 0 ? "" : ",").Append(row(count));
        return Encoding.UTF8.GetBytes(page.Append("""],"stats":{"state":"RUNNING"}}""").ToString());
    }

    private static string Wide(int row) =>
        $"[{row},{string.Join(',', Enumerable.Range(0, 20).Select(column => $"\"column {column} of row {row}: some words that a person might have written, and \\\"quoted\\\" ones\""))}]";

    private static string LineItem(int row) => string.Create(CultureInfo.InvariantCulture,
        $"[{row},{row % 200000},{row % 10000},{row % 7},{row % 50}.0,{row * 1.17:0.00},0.04,0.02,\"N\",\"O\",\"1996-03-13\",\"1996-02-12\",\"1996-03-22\",\"DELIVER IN PERSON\",\"TRUCK\",\"egular courts above the\"]");

    private static string TwoNumbers(int row) => string.Create(CultureInfo.InvariantCulture, $"[{row},{row % 25}]");

    private static string OneDigit(int row) => row % 2 == 0 ? "[1]" : "[2]";
}
