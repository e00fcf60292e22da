using Segue.Core.Model;
using Segue.Server.Telemetry;
using Segue.Server.Tests.Admin;

namespace Segue.Server.Tests.Telemetry;

public sealed class PrometheusTextTests : IDisposable
{
    private readonly SegueMetrics _metrics = new();
    private readonly PrometheusText _text;

    public PrometheusTextTests() => _text = new PrometheusText(_metrics);

    public void Dispose()
    {
        _text.Dispose();
        _metrics.Dispose();
    }

    [Fact]
    public void A_counter_has_help_type_and_one_line_a_series_in_order()
    {
        _metrics.QueryEnded("main", "lost");
        _metrics.QueryEnded("main", "finished");
        _metrics.QueryEnded("main", "finished");
        _text.Render().ShouldContain("""
            # HELP segue_queries_total Finished queries by outcome.
            # TYPE segue_queries_total counter
            segue_queries_total{cluster="main",outcome="finished"} 2
            segue_queries_total{cluster="main",outcome="lost"} 1

            """);
    }

    [Fact]
    public void Histogram_buckets_are_cumulative_and_their_bounds_inclusive()
    {
        foreach (var milliseconds in (int[])[1, 10, 11, 60_000])
            _metrics.ProbeTook("main", "one:8321", "Healthy", TimeSpan.FromMilliseconds(milliseconds));
        const string labels = "cluster=\"main\",coordinator=\"one:8321\",evidence=\"Healthy\"";
        var lines = _text.Render().Split('\n');
        lines.ShouldContain($"segue_probe_duration_seconds_bucket{{{labels},le=\"0.001\"}} 1");
        lines.ShouldContain($"segue_probe_duration_seconds_bucket{{{labels},le=\"0.01\"}} 2");
        lines.ShouldContain($"segue_probe_duration_seconds_bucket{{{labels},le=\"0.025\"}} 3");
        lines.ShouldContain($"segue_probe_duration_seconds_bucket{{{labels},le=\"30\"}} 3");
        lines.ShouldContain($"segue_probe_duration_seconds_bucket{{{labels},le=\"+Inf\"}} 4");
        lines.ShouldContain($"segue_probe_duration_seconds_count{{{labels}}} 4");
        lines.ShouldContain($"segue_probe_duration_seconds_sum{{{labels}}} 60.022");
    }

    [Fact]
    public void Label_values_are_escaped()
    {
        _metrics.QueryEnded("a\\b\"c\nd", "finished");
        _text.Render().ShouldContain("""segue_queries_total{cluster="a\\b\"c\nd",outcome="finished"} 1""");
    }

    [Fact]
    public void Gauges_are_read_at_each_scrape_and_a_series_that_is_gone_ends()
    {
        var cluster = new FakeCluster();
        ClusterGauges.Register(_metrics, [cluster.Admin], FakeCluster.Noon);
        var before = _text.Render().Split('\n');
        before.ShouldContain("segue_active_coordinator{cluster=\"main\",coordinator=\"one:8321\"} 0");
        before.ShouldContain("segue_active_coordinator{cluster=\"main\",coordinator=\"two:8321\"} 1");
        before.ShouldContain("segue_coordinator_role{cluster=\"main\",coordinator=\"two:8321\",role=\"active\"} 1");
        before.ShouldContain("segue_workers_seen{cluster=\"main\",coordinator=\"two:8321\"} 2");
        before.ShouldContain("segue_held_bytes{cluster=\"main\"} 4096");
        before.ShouldContain("segue_start_time_seconds 1772366400");
        before.ShouldContain("segue_holding{cluster=\"main\"} 0");

        cluster.Current = cluster.Current with { Active = "one:8321", OpenTo = null, Epoch = 5 };
        cluster.Status = cluster.Status with { Coordinators = [cluster.Status.Coordinators[0]] };
        var after = _text.Render().Split('\n');
        after.ShouldContain("segue_active_coordinator{cluster=\"main\",coordinator=\"one:8321\"} 1");
        after.ShouldContain("segue_holding{cluster=\"main\"} 1");
        after.ShouldContain("segue_epoch{cluster=\"main\"} 5");
        after.ShouldNotContain(line => line.StartsWith("segue_workers_seen{"));
    }

    [Fact]
    public void Another_instance_in_the_same_process_is_not_counted()
    {
        using var other = new SegueMetrics();
        other.QueryEnded("main", "finished");
        _text.Render().ShouldNotContain("segue_queries_total{");
    }

    [Fact]
    public async Task Nothing_is_lost_while_many_record_and_one_scrapes()
    {
        var recording = Task.WhenAll(Enumerable.Range(0, 4).Select(_ => Task.Factory.StartNew(() =>
        {
            for (var i = 0; i < 10_000; i++)
                _metrics.HoldEnded("main", "released", TimeSpan.FromSeconds(1));
        })));
        while (!recording.IsCompleted)
            _text.Render();
        await recording;
        _text.Render().ShouldContain("segue_hold_duration_seconds_count{cluster=\"main\",outcome=\"released\"} 40000\n");
    }

    [Fact]
    public void The_documentation_lists_exactly_the_metrics_with_type_and_labels()
    {
        ClusterGauges.Register(_metrics, [new FakeCluster().Admin], FakeCluster.Noon);
        var second = TimeSpan.FromSeconds(1);
        _metrics.ProbeTook("c", "k", "Healthy", second);
        _metrics.CanaryTook("c", "k", true, second);
        _metrics.FailoverTook("c", new FailoverTiming(1, second, second, null));
        _metrics.AcksTook("c", second);
        _metrics.HoldEnded("c", "released", second);
        _metrics.HookEnded("c", "held", "succeeded", second);
        _metrics.Added("c", second);
        _metrics.QueryEnded("c", "finished");
        _metrics.Recovered("c", "rerun");
        _metrics.Spooled("main", "whole");
        _metrics.Sent("c", 1);
        _metrics.Discovery("c", "announce", "accepted");
        _metrics.Journaled("c", "written");

        var lines = _text.Render().Split('\n');
        var exposed = lines
            .Where(line => line.StartsWith("# TYPE ", StringComparison.Ordinal))
            .Select(line => line.Split(' '))
            .Select(words => $"{words[2]} {words[3]} {Labels(lines, words[2])}");
        Repository.Table("docs/metrics.md", "| metric | type | labels | meaning |")
            .Select(row => $"{row[0]} {row[1]} {row[2]}").Order().ShouldBe(exposed.Order());
    }

    private static string Labels(string[] lines, string name)
    {
        var sample = lines.First(l => l.StartsWith(name + "{", StringComparison.Ordinal)
            || l.StartsWith(name + "_count{", StringComparison.Ordinal)
            || l.StartsWith(name + " ", StringComparison.Ordinal));
        return string.Join(", ", sample.Split('{', ',').Where(p => p.Contains('=')).Select(p => p.Split('=')[0]));
    }

    [Fact]
    public void The_documentation_lists_exactly_the_event_kinds()
    {
        var kinds = typeof(EventKinds).GetFields().Select(field => (string)field.GetRawConstantValue()!);
        Repository.Table("docs/operations.md", "| event | what happened | what to do |").Select(row => row[0]).Order().ShouldBe(kinds.Order());
    }
}
