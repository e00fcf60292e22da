using System.Net;
using FsCheck;
using FsCheck.Fluent;
using Segue.Core.Configuration;
using Segue.Core.Protocol;
using Segue.Server.Gateway.Pages;
using Segue.Server.Gateway.Spooling;
using Segue.Server.Tests.Store;

namespace Segue.Server.Tests.Gateway.Spooling;

public sealed class ResultSpoolTests : IDisposable
{
    private static readonly RecoveryConfig Settings = new() { HoldbackBytes = 0, Spool = new SpoolConfig { KeepFree = 0, MaxPerQuery = 2 << 20 } };

    private readonly TemporaryDirectory _files = new();
    private readonly MemoryBudget _memory = new(1 << 20);

    public void Dispose() => _files.Delete();

    /// <summary>Each page is a size and whether it breaks off before its end; with much and with little memory.</summary>
    [Fact]
    public void The_pages_that_came_to_their_end_come_out_as_they_were_until_a_bound_is_passed()
    {
        var pages = Gen.Choose(0, 300_000).Zip(Gen.Frequency((4, Gen.Constant(false)), (1, Gen.Constant(true)))).ListOf();
        var memory = Gen.Elements(1 << 10, 40 << 10, 1 << 20);
        Check.One(Config.QuickThrowOnFailure.WithMaxTest(60), Prop.ForAll(
            pages.Zip(memory).ToArbitrary(), drawn => PassAsync([.. drawn.Item1], drawn.Item2).GetAwaiter().GetResult()));
        Directory.GetFiles(_files.Path).ShouldBeEmpty();
    }

    [Fact]
    public async Task What_is_whole_and_on_disk_takes_no_memory()
    {
        using var spool = new ResultSpool(_memory, new RowSpool(_files.Path), Settings);
        await PutAsync(spool, 0, Text(500_000, 0), ends: true);
        _memory.Used.ShouldBeInRange(1, 256 << 10);
        await spool.CompleteAsync(default);
        _memory.Used.ShouldBe(0);
        (await TakeAsync(spool, spool.Next, 0)).ShouldBe(Text(500_000, 0));
    }

    private async Task PassAsync((int Size, bool BreaksOff)[] pages, int memory)
    {
        var (budget, files) = (new MemoryBudget(memory), new RowSpool(_files.Path));
        using (var spool = new ResultSpool(budget, files, Settings))
        {
            var kept = new List<int>();
            for (var i = 0; i < pages.Length; i++)
            {
                if (await PutAsync(spool, i, Text(pages[i].Size, i), !pages[i].BreaksOff))
                    kept.Add(i);
            }
            (spool.Closed is null).ShouldBe(spool.Bound == SpoolBound.None);
            if (spool.Closed is null)
                await spool.CompleteAsync(default);
            files.Results.Used.ShouldBe(spool.OnDisk);
            foreach (var i in kept)
            {
                var at = spool.Next;
                (await TakeAsync(spool, at, i)).ShouldBe(Text(pages[i].Size, i));
                var next = spool.Next;
                (await TakeAsync(spool, at, i)).ShouldBe(Text(pages[i].Size, i));
                spool.Next.ShouldBe(next);
            }
            spool.Waits.ShouldBeFalse();
        }
        budget.Used.ShouldBe(0);
        files.Results.Used.ShouldBe(0);
    }

    private static byte[] Text(int size, int seed) => [.. Enumerable.Range(0, size).Select(at => (byte)(at * 7 + seed))];

    private static async Task<bool> PutAsync(ResultSpool spool, int number, byte[] text, bool ends)
    {
        using var response = new HttpResponseMessage(HttpStatusCode.OK) { Content = new ByteArrayContent([]) };
        response.Headers.TryAddWithoutValidation("X-Number", [$"{number}", "two: äö"]);
        response.Content.Headers.TryAddWithoutValidation("Content-Type", "application/json");
        await spool.BeginPageAsync($"/page/{number}", response);
        foreach (var piece in text.Chunk(32 << 10))
            await spool.AppendAsync(piece);
        return ends && await spool.EndPageAsync(rows: 1);
    }

    private static async Task<byte[]> TakeAsync(ResultSpool spool, long at, int number)
    {
        using var page = await spool.OpenAsync(at, new RowTap(0), segments: null);
        page.Path.ShouldBe($"/page/{number}");
        page.Response.Headers.GetValues("X-Number").ShouldBe([$"{number}", "two: äö"]);
        page.Response.Content.Headers.ContentType!.MediaType.ShouldBe("application/json");
        return await page.Response.Content.ReadAsByteArrayAsync();
    }
}
