using System.Text;
using FsCheck;
using FsCheck.Fluent;
using Segue.Core.Protocol;

namespace Segue.Core.Tests.Protocol;

public sealed class RowCutterProperties
{
    private const ulong Key = 77;

    private static readonly Gen<int[]> Chunkings = Gen.OneOf(Gen.Choose(1, 9), Gen.Choose(1, 200)).ArrayOf();

    private static readonly Gen<string> Rows = Gen.Elements(
        "[]", "[1]", "[\"\"]", "[\"]\"]", "[\"\\\\\"]", "[\"\\\"]\"]", "[[],{\"a\":[{}]}]", $"[\"{new string('x', 70)}\\\\\\\"\"]", $"[{new string('7', 63)}]");

    /// <summary>Everything that a cutter could trip over, more often right than wrong.</summary>
    private static readonly Gen<string> Texts = Gen.OneOf(
        Rows.ArrayOf().Select(rows => string.Join(',', rows)),
        Rows.ArrayOf().Select(rows => string.Join(" , ", rows) + "],\"stats\":{}"),
        Gen.OneOf(Rows, Gen.Elements("[", "]", "{", "}", "\"", "\\", ",", " ", "a", "\n", "\\\\", "\\\"", new string('\\', 65))).ArrayOf().Select(string.Concat));

    [Fact]
    public void Rows_borders_and_hashes_are_those_of_a_slow_cutter_however_the_bytes_are_cut() =>
        Check.One(Config.QuickThrowOnFailure.WithMaxTest(3000), Prop.ForAll(Texts.Zip(Chunkings).ToArbitrary(), input =>
        {
            var (text, sizes) = input;
            var slow = SlowRowCutter.Of(text);
            var bytes = Encoding.ASCII.GetBytes(text);
            var tap = new RowTap(Key);
            var cutter = new RowCutter(opaque: false);
            var (at, border, ends, outcome) = (0, 0, new List<int>(), RowCutter.Outcome.More);
            foreach (var size in sizes.Append(bytes.Length))
            {
                var noted = tap.Count;
                outcome = cutter.Cut(bytes.AsSpan(at, Math.Min(size, bytes.Length - at)), tap, out var taken, out var last, out var rows);
                rows.ShouldBe(tap.Count - noted);
                foreach (var end in tap.Ends[noted..])
                    ends.Add(at + end);
                border = last > 0 ? at + last : border;
                at += taken;
                if (outcome != RowCutter.Outcome.More || at == bytes.Length)
                    break;
            }
            outcome.ToString().ShouldBe(slow.Outcome);
            at.ShouldBe(slow.Taken);
            border.ShouldBe(slow.Border);
            tap.Hashes.ToArray().ShouldBe(slow.Rows.Select(row => RowTap.Hash(Encoding.ASCII.GetBytes(row), Key)));
            ends.Select((end, row) => text[(end - slow.Rows[row].Length)..end]).ShouldBe(slow.Rows);
        }));

    [Fact]
    public void The_same_row_has_another_hash_under_another_key() => RowTap.Hash("[1]"u8, 1).ShouldNotBe(RowTap.Hash("[1]"u8, 2));

    [Fact]
    public void Nothing_is_allocated_for_a_row_once_the_lists_have_room()
    {
        var bytes = Encoding.ASCII.GetBytes(string.Join(',', Enumerable.Repeat("[\"some\",12,null]", 5000)));
        var tap = new RowTap(Key);
        Pass(tap, bytes);
        tap.Clear();
        var before = GC.GetAllocatedBytesForCurrentThread();
        Pass(tap, bytes);
        (GC.GetAllocatedBytesForCurrentThread() - before).ShouldBe(0);
        tap.Count.ShouldBe(5000);
    }

    private static void Pass(RowTap tap, byte[] bytes)
    {
        var cutter = new RowCutter(opaque: false);
        for (var at = 0; at < bytes.Length; at += 1000)
            cutter.Cut(bytes.AsSpan(at, Math.Min(1000, bytes.Length - at)), tap, out _, out _, out _);
    }
}
