using System.Text;
using Segue.Core.Protocol;

namespace Segue.Core.Tests.Protocol;

public sealed class PageScannerTests
{
    public static TheoryData<string, string, long> PagesWithRows => new()
    {
        { """{"id":"q","data":[[1,2],[3,4]],"stats":{}}""", "[1,2],[3,4]", 2 },
        { """{"data":[]}""", "", 0 },
        { """{"data" : [ ] }""", " ", 0 },
        { """{"data":[ [1] , [2] ]}""", " [1] , [2] ", 2 },
        { """{"data":[["]","[{\"\\"],[[[]],{"a]":[1]}]],"x":1}""", """["]","[{\"\\"],[[[]],{"a]":[1]}]""", 2 },
        { """{"columns":[{"name":"data"}],"data":[["\u005d\\"]]}""", """["\u005d\\"]""", 1 },
        { """{"stats":{"data":[[1]]},"data":[["é𝄞"],[null]]}""", """["é𝄞"],[null]""", 2 },
        { """{"d\u0061ta":[[1]]}""", "[1]", 1 },
    };

    [Theory]
    [MemberData(nameof(PagesWithRows))]
    public void Rows_pass_untouched_and_are_counted_however_the_page_is_cut(string page, string rows, long count)
    {
        var bytes = Encoding.UTF8.GetBytes(page);
        for (var size = 1; size <= bytes.Length; size++)
        {
            var feeding = PageFeeding.Of(bytes, Enumerable.Repeat(size, bytes.Length));
            feeding.Scanner.Phase.ShouldBe(ScanPhase.End);
            feeding.Scanner.Rows.ShouldBe(count);
            Encoding.UTF8.GetString([.. feeding.Forwarded]).ShouldBe(rows);
            (Encoding.UTF8.GetString(feeding.Scanner.Prefix) + rows + Encoding.UTF8.GetString(feeding.Scanner.Suffix)).ShouldBe(page);
        }
    }

    [Theory]
    [InlineData("""{"id":"q","stats":{"state":"QUEUED"}}""")]
    [InlineData("""{"id":"q","data":null,"stats":{"state":"QUEUED"}}""")]
    [InlineData("""{"id":"q","data":7,"binaryData":null,"stats":{"state":"QUEUED"}}""")]
    public void A_page_without_rows_is_all_prefix(string page)
    {
        var feeding = PageFeeding.Whole(page);

        feeding.Scanner.Phase.ShouldBe(ScanPhase.End);
        feeding.Scanner.HasData.ShouldBeFalse();
        Encoding.UTF8.GetString(feeding.Scanner.Prefix).ShouldBe(page);
        feeding.Scanner.Suffix.IsEmpty.ShouldBeTrue();
        feeding.Scanner.ReadFacts()!.State.ShouldBe("QUEUED");
    }

    [Theory]
    [InlineData("""{"data":{"encoding":"json","segments":[{"data":"}]"}]},"stats":{}}""", "\"encoding\":\"json\",\"segments\":[{\"data\":\"}]\"}]")]
    [InlineData("""{"binaryData":["ab]","c"],"stats":{}}""", "\"ab]\",\"c\"")]
    public void Encoded_data_passes_without_row_borders(string page, string inside)
    {
        var bytes = Encoding.UTF8.GetBytes(page);
        for (var size = 1; size <= bytes.Length; size++)
        {
            var feeding = PageFeeding.Of(bytes, Enumerable.Repeat(size, bytes.Length));
            feeding.Scanner.Phase.ShouldBe(ScanPhase.End);
            feeding.Scanner.Encoded.ShouldBeTrue();
            feeding.Scanner.Rows.ShouldBe(0);
            Encoding.UTF8.GetString([.. feeding.Forwarded]).ShouldBe(inside);
        }
    }

    [Theory]
    [InlineData("[]")]
    [InlineData("\"text\"")]
    [InlineData("<html>")]
    [InlineData("""{"id":}""")]
    [InlineData("""{"data":[1]}""")]
    [InlineData("""{"data":[[1],]}""")]
    [InlineData("""{"data":[[1][2]]}""")]
    [InlineData("""{"data":[[1]}}""")]
    [InlineData("""{"data":[[1]]]""")]
    [InlineData("""{"data":[]} x""")]
    public void What_is_not_a_page_is_a_fault_and_not_an_exception(string text)
    {
        var feeding = PageFeeding.Whole(text);

        feeding.Scanner.Phase.ShouldBe(ScanPhase.Broken);
        feeding.Scanner.Fault.ShouldBe(ScanFault.Malformed);
    }

    [Theory]
    [InlineData("""{"id":"0123456789","data":[]}""", 20)]
    [InlineData("""{"data":[[1,2,3,4,5,6,7,8,9]],"warnings":"0123456789"}""", 20)]
    public void More_beside_the_rows_than_may_be_held_is_a_fault(string page, int maxHeld)
    {
        var feeding = PageFeeding.Of(Encoding.UTF8.GetBytes(page), [], maxHeld);

        feeding.Scanner.Fault.ShouldBe(ScanFault.TooLarge);
    }

    [Fact]
    public void Rows_do_not_count_towards_what_may_be_held()
    {
        var rows = string.Join(',', Enumerable.Range(0, 10_000).Select(i => $"[{i}]"));

        var feeding = PageFeeding.Of(Encoding.UTF8.GetBytes($$"""{"data":[{{rows}}]}"""), Enumerable.Repeat(100, 2_000), maxHeld: 16);

        feeding.Scanner.Phase.ShouldBe(ScanPhase.End);
        feeding.Scanner.Rows.ShouldBe(10_000);
    }

    [Fact]
    public void Bytes_behind_the_last_row_border_wait()
    {
        var scanner = new PageScanner();
        scanner.Feed("""{"data":["""u8);

        scanner.Feed("[1],[2],[3"u8).ShouldBe(new ScanProgress(ScanPhase.Rows, Consumed: 10, Forward: 7, Rows: 2));
        scanner.Feed("0,\"]"u8).ShouldBe(new ScanProgress(ScanPhase.Rows, Consumed: 4, Forward: 0, Rows: 0));
        scanner.Feed("\"]"u8).ShouldBe(new ScanProgress(ScanPhase.Rows, Consumed: 2, Forward: 2, Rows: 1));
    }

    [Fact]
    public void A_scanner_is_as_new_after_a_reset()
    {
        var scanner = new PageScanner();
        scanner.Feed("<html>"u8);
        scanner.Reset();

        scanner.Feed("{}"u8);

        scanner.Phase.ShouldBe(ScanPhase.End);
        scanner.Fault.ShouldBe(ScanFault.None);
    }
}
