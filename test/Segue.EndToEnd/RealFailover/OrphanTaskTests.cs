using System.Net;
using System.Text.Json;
using Segue.Core.Protocol;
using Segue.EndToEnd.Clients;
using Segue.EndToEnd.Engines;
using Segue.EndToEnd.Processes;
using Segue.Server.ControlLoop;
using Xunit.Abstractions;

namespace Segue.EndToEnd.RealFailover;

/// <summary>What a dead coordinator leaves on the workers of a real engine, where by default it stays for minutes and holds memory.</summary>
public abstract class OrphanTaskTests(RealClusterFixture fixture, ITestOutputHelper output)
{
    /// <summary>More work than fits into the test, most of it in one thread, so that what is measured is not the machine's load; the scans wait with full buffers.</summary>
    private const string LongRead =
        "SELECT count(*) FROM (SELECT comment FROM tpch.sf1.lineitem LIMIT 5000000) a CROSS JOIN tpch.sf1.orders b WHERE a.comment < b.comment";

    /// <summary>Far behind what is seen on a quiet machine, because tests run on busy ones; by themselves the engines leave them for minutes.</summary>
    private static readonly TimeSpan Bound = TimeSpan.FromSeconds(15);

    [SkippableFact]
    public async Task The_tasks_of_a_killed_coordinator_are_gone_from_the_workers_soon_after_the_failover()
    {
        var cluster = await fixture.WarmAsync();
        using var client = cluster.Client();
        var victim = await cluster.ActiveAsync();
        var posted = await client.PostAsync(LongRead);
        var id = posted.Json.GetProperty("id").GetString()!;
        var reading = PollAsync(client, posted);
        var tasks = 0;
        await Until.TrueAsync(async () => (tasks = (await StatesAsync(cluster, id)).Count) >= cluster.Workers.Count, RealCluster.Patience, () => $"tasks of {id} on every worker");
        var time = TimeProvider.System;
        var killed = time.GetTimestamp();
        await victim.KillAsync();
        await cluster.WaitForActiveAsync(cluster.Other(victim));
        var failedOver = time.GetTimestamp();
        var told = failedOver;
        await Until.TrueAsync(async () =>
        {
            var states = await StatesAsync(cluster, id);
            // Trino: it was told, and its threads are on their way out
            if (states.Any(static state => state is "PLANNED" or "RUNNING" or "FLUSHING"))
                told = time.GetTimestamp();
            return states.Count == 0;
        }, RealCluster.Patience, () => $"the end of {id}'s tasks on the workers");
        var gone = time.GetTimestamp();
        output.WriteLine(
            $"{fixture.Engine}: {tasks} tasks; failover seen {time.GetElapsedTime(killed, failedOver).TotalMilliseconds:0} ms after the kill, "
            + $"the last one was told to end {time.GetElapsedTime(failedOver, told).TotalMilliseconds:0} ms after that, and all were gone after {time.GetElapsedTime(failedOver, gone).TotalMilliseconds:0} ms");
        time.GetElapsedTime(failedOver, gone).ShouldBeLessThan(Bound);

        // the read runs again elsewhere; nobody waits for its end
        await client.SendAsync(HttpMethod.Delete, $"/v1/query/{id}");
        await reading;
        await cluster.RestartAsync(victim);
    }

    private static async Task PollAsync(StatementClient client, Reply from)
    {
        try
        {
            for (var reply = from; reply.Status == HttpStatusCode.OK && reply.NextUri is { } next;)
                reply = await client.GetAsync(next);
        }
        catch (HttpRequestException broken) when (broken.InnerException is HttpIOException { HttpRequestError: HttpRequestError.ResponseEnded })
        {
            // the cancel came while a page was being sent
        }
    }

    /// <summary>As the clean-up lists them: asking for a task by its id would keep it alive.</summary>
    /// <returns>The states of those that have not ended.</returns>
    private static async Task<List<string>> StatesAsync(RealCluster cluster, string query)
    {
        var states = new List<string>();
        using var http = new HttpClient();
        foreach (var worker in cluster.Workers)
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, new Uri(worker.Uri, "/v1/task"));
            if (cluster.Dialect == Dialect.Trino)
                request.Headers.Add("X-Trino-Internal-Bearer", InternalBearer.Create("segue-tests", cluster.Dialect, "483", "segue-tests", RealCluster.Now()));
            using var response = await http.SendAsync(request);
            using var tasks = JsonDocument.Parse(await response.EnsureSuccessStatusCode().Content.ReadAsByteArrayAsync());
            states.AddRange(tasks.RootElement.EnumerateArray()
                .Select(task => JsonSerializer.Deserialize(task, TaskEntryJson.Default.TaskEntry)!)
                .Where(task => !task.IsDone && task.Id!.StartsWith(query + ".", StringComparison.Ordinal))
                .Select(task => task.TaskStatus!.State!));
        }
        return states;
    }
}

[Collection(RealEngines.Name)]
public sealed class PrestoOrphanTaskTests(RealPrestoCluster cluster, ITestOutputHelper output) : OrphanTaskTests(cluster, output), IClassFixture<RealPrestoCluster>;

[Collection(RealEngines.Name)]
public sealed class TrinoOrphanTaskTests(RealTrinoCluster cluster, ITestOutputHelper output) : OrphanTaskTests(cluster, output), IClassFixture<RealTrinoCluster>;
