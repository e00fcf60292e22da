using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Segue.Server.Telemetry;

namespace Segue.Server.Tests.Telemetry;

public sealed class OtlpExportTests
{
    [Theory]
    [InlineData("")]
    [InlineData("/v1/metrics")]
    public async Task A_collector_gets_the_instruments_at_the_latest_at_the_end(string path)
    {
        var received = new TaskCompletionSource<(string Path, string Body)>(TaskCreationOptions.RunContinuationsAsynchronously);
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().UseUrls("http://127.0.0.1:0");
        await using var collector = builder.Build();
        collector.Run(async context =>
        {
            using var body = new MemoryStream();
            await context.Request.Body.CopyToAsync(body);
            received.TrySetResult((context.Request.Path.Value!, Encoding.Latin1.GetString(body.ToArray())));
        });
        await collector.StartAsync();

        using var metrics = new SegueMetrics();
        using (OtlpExport.Start(collector.Urls.Single() + path, "member-1"))
            metrics.QueryEnded("main", "finished");

        var (asked, sent) = await received.Task;
        asked.ShouldBe("/v1/metrics");
        sent.ShouldContain("segue.queries");
        sent.ShouldContain("member-1");
    }

    [Fact]
    public void A_collector_that_is_not_there_stops_nothing()
    {
        using var metrics = new SegueMetrics();
        var export = OtlpExport.Start("http://127.0.0.1:1", "member-1");
        metrics.QueryEnded("main", "finished");
        Should.NotThrow(export.Dispose);
    }
}
