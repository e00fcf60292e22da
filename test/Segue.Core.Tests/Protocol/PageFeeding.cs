using System.Buffers;
using System.Text;
using Segue.Core.Protocol;

namespace Segue.Core.Tests.Protocol;

/// <summary>Drives a scanner as the gateway does: forwards up to the last border and keeps what waits.</summary>
internal sealed class PageFeeding
{
    private readonly List<byte> _waiting = [];

    public PageScanner Scanner { get; } = new();

    public List<byte> Forwarded { get; } = [];

    /// <summary>Length of <see cref="Forwarded"/> and rows so far, after each forwarding.</summary>
    public List<(int Length, long Rows)> Cuts { get; } = [];

    public static PageFeeding Of(byte[] page, IEnumerable<int> sizes, int maxHeld = PageScanner.DefaultMaxHeld)
    {
        var feeding = new PageFeeding();
        feeding.Scanner.Reset(maxHeld);
        var at = 0;
        foreach (var size in sizes.Select(s => Math.Max(1, s)).Append(page.Length))
        {
            var chunk = page.AsSpan(at, Math.Min(size, page.Length - at));
            feeding.Feed(chunk);
            at += chunk.Length;
        }
        return feeding;
    }

    public static PageFeeding Whole(string page) => Of(Encoding.UTF8.GetBytes(page), []);

    public string Start(PageNames names) => Written(output => PageRewriter.WriteStart(Scanner, names, output));

    public string End(PageNames names, string? nextUri) => Written(output => PageRewriter.WriteEnd(Scanner, names, nextUri, output));

    public string Rewritten(PageNames names, string? nextUri) => Scanner.HasData
        ? Start(names) + Encoding.UTF8.GetString([.. Forwarded]) + End(names, nextUri)
        : End(names, nextUri);

    public static string Written(Action<IBufferWriter<byte>> write)
    {
        var output = new ArrayBufferWriter<byte>();
        write(output);
        return Encoding.UTF8.GetString(output.WrittenSpan);
    }

    private void Feed(ReadOnlySpan<byte> chunk)
    {
        while (!chunk.IsEmpty && Scanner.Phase != ScanPhase.Broken)
        {
            var before = Scanner.Phase;
            var step = Scanner.Feed(chunk);
            (step.Consumed > 0 || Scanner.Phase != before).ShouldBeTrue("the scanner must get on");
            if (step.Phase is ScanPhase.Rows or ScanPhase.Encoded)
                Forward(chunk[..step.Consumed], step.Forward);
            chunk = chunk[step.Consumed..];
        }
    }

    private void Forward(ReadOnlySpan<byte> bytes, int forward)
    {
        // at the end of data nothing may wait, even where the end itself brought no byte
        if (forward > 0 || Scanner.Phase == ScanPhase.Suffix)
        {
            Forwarded.AddRange(_waiting);
            _waiting.Clear();
            Forwarded.AddRange(bytes[..forward]);
            Cuts.Add((Forwarded.Count, Scanner.Rows));
        }
        _waiting.AddRange(bytes[forward..]);
    }
}
