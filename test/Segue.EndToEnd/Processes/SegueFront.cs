using System.Globalization;
using System.Net;
using System.Text.Json;
using Segue.Core.Model;
using Segue.Server.Admin;
using Segue.Server.Tests.Store.Servers;

namespace Segue.EndToEnd.Processes;

/// <summary>A Segue in a process of its own, with what it knows of its one cluster.</summary>
internal sealed class SegueFront : IAsyncDisposable
{
    private static readonly TimeSpan LoadBalancersPatience = TimeSpan.FromSeconds(1);

    private readonly string _folder = Directory.CreateTempSubdirectory("segue-front-").FullName;
    private readonly HttpClient _admin;
    private readonly HttpClient _clients;
    private string _before = "";

    /// <param name="settings">More lines of the cluster's configuration, indented by four.</param>
    /// <param name="deployment">More lines beside the cluster's.</param>
    /// <param name="everywhere">It is reached by each address that its host has or gets.</param>
    public SegueFront(
        EngineKind engine, IEnumerable<Uri> coordinators, string settings, int listenPort, int adminPort, string deployment = "", Host? host = null, bool everywhere = false)
    {
        Host = host ?? Host.Loopback;
        (Listen, Admin) = (Host.Url(listenPort), Host.Url(adminPort));
        _admin = new HttpClient { BaseAddress = Admin };
        _clients = new HttpClient { BaseAddress = Listen };
        var urls = string.Join('\n', coordinators.Select(static coordinator => $"      - {Authority(coordinator)}"));
        File.WriteAllText(ConfigFile, $"""
            listen: {At(Listen)}
            admin: {At(Admin)}
            data_dir: {Path.Combine(_folder, "segue")}
            {deployment}
            clusters:
              - engine: {(engine == EngineKind.Presto ? "presto" : "trino")}
                coordinators:
            {urls}
            {settings}
            """);
        Process = Start();

        string At(Uri uri) => everywhere ? string.Create(CultureInfo.InvariantCulture, $"http://0.0.0.0:{uri.Port}") : Authority(uri);
    }

    /// <summary>Where clients and workers come.</summary>
    public Uri Listen { get; }

    public Uri Admin { get; }

    public Host Host { get; }

    public SegueProcess Process { get; private set; }

    /// <summary>All that its processes have written so far.</summary>
    public string Output => _before + Process.Output;

    private string ConfigFile => Path.Combine(_folder, "segue.yaml");

    /// <summary>Whether a load balancer would send clients to it.</summary>
    public async Task<bool> IsReadyAsync()
    {
        using var patience = new CancellationTokenSource(LoadBalancersPatience, TimeProvider.System);
        try
        {
            using var ready = await _clients.GetAsync("/segue/health/ready", patience.Token);
            return ready.IsSuccessStatusCode;
        }
        catch (Exception away) when (away is HttpRequestException or OperationCanceledException)
        {
            return false;
        }
    }

    /// <summary>What it tells load balancers, and why.</summary>
    /// <exception cref="HttpRequestException">Nobody is at its port.</exception>
    public async Task<(HttpStatusCode Status, string Sentence)> ReadinessAsync()
    {
        using var ready = await _clients.GetAsync("/segue/health/ready");
        return (ready.StatusCode, await ready.Content.ReadAsStringAsync());
    }

    public async Task<ClusterReport> StatusAsync() => (await ReportAsync()).Clusters.Single();

    public async Task<StatusReport> ReportAsync() =>
        JsonSerializer.Deserialize(await _admin.GetByteArrayAsync("/api/status"), AdminJson.Default.StatusReport)!;

    /// <summary>What Segue tells of a query that runs or has just ended; null where it does not know of it.</summary>
    public async Task<QueryReport?> FindQueryAsync(string id)
    {
        using var answer = await _admin.GetAsync($"/api/queries/{id}");
        return answer.IsSuccessStatusCode ? JsonSerializer.Deserialize(await answer.Content.ReadAsByteArrayAsync(), AdminJson.Default.QueryReport) : null;
    }

    /// <exception cref="TimeoutException">Names the condition and the last status.</exception>
    public async Task<ClusterReport> WaitAsync(string what, TimeSpan patience, Func<ClusterReport, bool> condition)
    {
        ClusterReport? last = null;
        await Until.TrueAsync(async () =>
        {
            if (Process.HasExited)
                throw new InvalidOperationException($"segue has ended: {Process.Output}");
            try
            {
                last = await StatusAsync();
                return condition(last);
            }
            catch (HttpRequestException)
            {
                return false; // it is starting
            }
        }, patience, () => $"{what}; the last status was {(last is null ? "none" : JsonSerializer.Serialize(last, AdminJson.Default.ClusterReport))}, and Segue said: {Process.Output}");
        return last!;
    }

    /// <summary>Ends it without a word to anybody and starts it again.</summary>
    public async Task RestartAsync(Func<Task>? meanwhile = null)
    {
        Process.Kill();
        await EndAsync();
        if (meanwhile is not null)
            await meanwhile();
        Process = Start();
    }

    /// <summary>Starts it again after its end.</summary>
    public async Task StartAgainAsync()
    {
        await EndAsync();
        Process = Start();
    }

    /// <summary>Waits until so many running statements stand in its store, which it writes behind the requests.</summary>
    public Task WaitForJournalAsync(TimeSpan patience, int statements = 1) => Until.TrueAsync(async () =>
    {
        var metrics = (await _admin.GetStringAsync("/metrics")).Split('\n');
        return Count("written") - Count("removed") >= statements;

        long Count(string outcome) => metrics
            .Where(line => line.StartsWith($"segue_journal_operations_total{{cluster=\"main\",outcome=\"{outcome}\"}}", StringComparison.Ordinal))
            .Sum(static line => long.Parse(line.Split(' ')[^1], CultureInfo.InvariantCulture));
    }, patience, () => $"{statements} running statement(s) in the store");

    public async ValueTask DisposeAsync()
    {
        await Process.DisposeAsync();
        _admin.Dispose();
        _clients.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    private async Task EndAsync()
    {
        await Process.DisposeAsync();
        _before += Process.Output;
    }

    private SegueProcess Start() => SegueProcess.StartAt(Host, "serve", "--config", ConfigFile);

    private static string Authority(Uri uri) => uri.GetLeftPart(UriPartial.Authority);
}
