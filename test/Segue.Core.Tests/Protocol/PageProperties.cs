using System.Text;
using System.Text.Json;
using FsCheck;
using FsCheck.Fluent;
using Segue.Core.Protocol;

namespace Segue.Core.Tests.Protocol;

public sealed class PageProperties
{
    private static readonly PageNames Names = new("first", "http://s/i", null);

    private static readonly Gen<int[]> Chunkings = Gen.Choose(1, 40).ArrayOf();

    private static readonly Gen<string> Values = Gen.OneOf(
        Gen.Elements("1", "-2.5e3", "true", "null", "\"\"", "[]", "{}", "[[]]", "{\"a]\":[\"}\"]}", " [ 1 , 2 ] ", "\"é𝄞\"", "\"\\ud834\\udd1e\""),
        ArbMap.Default.GeneratorFor<NonNull<string>>().Select(s => JsonSerializer.Serialize(s.Get)));

    private static readonly Gen<string> RowArrays =
        Values.ArrayOf().Select(values => $"[{string.Join(',', values)}]").ArrayOf().Select(rows => string.Join(" , ", rows));

    private static readonly Gen<string> Fields = Values.Zip(Gen.Elements("columns", "stats", "warnings", "x"), (value, name) => $"\"{name}\": {value}");

    private static readonly Gen<(string Page, string Rows)> Pages =
        from before in Fields.ArrayOf()
        from rows in RowArrays
        from after in Fields.ArrayOf()
        select ("{" + string.Join(" ,", ["\"id\":\"q\"", .. before, "\"nextUri\" : \"n\"", $"\"data\":[{rows}]", .. after]) + "}", rows);

    [Fact]
    public void Forwarded_bytes_are_the_rows_and_each_cut_lies_behind_a_whole_row() =>
        Check(Pages.Zip(Chunkings), input =>
        {
            var ((page, rows), sizes) = input;
            var feeding = PageFeeding.Of(Encoding.UTF8.GetBytes(page), sizes);

            feeding.Scanner.Phase.ShouldBe(ScanPhase.End);
            Encoding.UTF8.GetString([.. feeding.Forwarded]).ShouldBe(rows);
            feeding.Scanner.Rows.ShouldBe(CountRows($"[{rows}]"));
            foreach (var (length, count) in feeding.Cuts)
                CountRows($"[{Encoding.UTF8.GetString([.. feeding.Forwarded[..length]])}]").ShouldBe(count);
        });

    [Fact]
    public void A_rewritten_page_is_JSON_whose_other_fields_have_their_bytes_and_order() =>
        Check(Pages.Zip(Chunkings), input =>
        {
            var ((page, _), sizes) = input;
            var rewritten = PageFeeding.Of(Encoding.UTF8.GetBytes(page), sizes).Rewritten(Names, "http://s/n");

            Others(rewritten).ShouldBe(Others(page));
            var root = JsonDocument.Parse(rewritten).RootElement;
            root.GetProperty("id").GetString().ShouldBe("first");
            root.GetProperty("nextUri").GetString().ShouldBe("http://s/n");
        });

    [Fact]
    public void Random_bytes_end_in_a_phase_and_never_in_an_exception() =>
        Check(ArbMap.Default.GeneratorFor<byte[]>().Zip(Chunkings), input =>
        {
            var (bytes, sizes) = input;
            PageFeeding.Of(bytes, sizes).Scanner.ReadFacts();
        });

    [Fact]
    public void A_damaged_page_ends_in_a_phase_and_never_in_an_exception() =>
        Check(Pages.Zip(Chunkings).Zip(Gen.Choose(0, 1 << 16)).Zip(Gen.Choose(0, 255)), input =>
        {
            var ((((page, _), sizes), place), value) = input;
            var bytes = Encoding.UTF8.GetBytes(page);
            bytes[place % bytes.Length] = (byte)value;
            PageFeeding.Of(bytes, sizes).Scanner.ReadFacts();
        });

    private static void Check<T>(Gen<T> gen, Action<T> body) =>
        FsCheck.Check.One(Config.QuickThrowOnFailure.WithMaxTest(300), Prop.ForAll(gen.ToArbitrary(), body));

    private static long CountRows(string array)
    {
        var reader = new Utf8JsonReader(Encoding.UTF8.GetBytes(array));
        long rows = 0;
        while (reader.Read())
        {
            if (reader.TokenType == JsonTokenType.StartArray && reader.CurrentDepth == 1)
                rows++;
        }
        return rows;
    }

    private static List<string> Others(string page) => JsonDocument.Parse(page).RootElement.EnumerateObject()
        .Where(field => field.Name is not ("id" or "nextUri"))
        .Select(field => field.Name + field.Value.GetRawText())
        .ToList();
}
