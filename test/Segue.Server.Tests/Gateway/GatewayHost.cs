using System.Collections.Immutable;
using System.Net;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Segue.Core.Configuration;
using Segue.Core.Model;
using Segue.Core.Protocol;
using Segue.Core.Recovery.Journal;
using Segue.Core.Routing;
using Segue.Server.Admin;
using Segue.Server.Discovery;
using Segue.Server.Gateway;
using Segue.Server.Gateway.Clients;
using Segue.Server.Gateway.Pages;
using Segue.Server.Gateway.Queries;
using Segue.Server.Gateway.Statements;
using Segue.Server.Probing;
using Segue.Server.Recovery;
using Segue.Server.Telemetry;
using Segue.Server.Tests.Discovery;
using Segue.Server.Tests.Members;

namespace Segue.Server.Tests.Gateway;

/// <summary>The gateway behind the real client port, in front of scripted coordinators, and the least client of it.</summary>
internal sealed class GatewayHost : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly DiscoveryFront _discovery;
    private readonly Journal _journal;
    private readonly EndedQueries _ended;
    private readonly DirectoryInfo? _folder;
    private static int _started;
    private readonly HttpClient _http = new(new SocketsHttpHandler { UseCookies = false, UseProxy = false });

    private GatewayHost(
        EngineKind engine, Func<ClusterConfig, ClusterConfig> settings, LimitsConfig limits, TimeProvider time, string spool, string? ended, KeptInMemory store, SeveralMembers? members, ILogger log, ScriptedEngine[] engines)
    {
        Dialect = Dialect.Of(engine);
        Store = store;
        var owner = Owner = $"member-{Interlocked.Increment(ref _started)}";
        var config = settings(new ClusterConfig
        {
            Name = "main",
            Engine = engine,
            Coordinators = [.. engines.Select(one => new CoordinatorConfig { Url = new Core.Configuration.Endpoint("http", "127.0.0.1", one.Uri.Port) })],
        });
        Cluster = new GatewayCluster(config, engines);
        var member = new SegueConfig { Listen = new Core.Configuration.Endpoint("http", "127.0.0.1", 0), Clusters = [config], Limits = limits };
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel => ClientListener.ConfigureKestrel(kestrel, member, NullLoggerFactory.Instance, time));
        _app = builder.Build();
        _discovery = new DiscoveryFront(Cluster, name => Cluster.Client(name)!, new KeptInMemory(), Metrics, time, NullLoggerFactory.Instance);
        _folder = ended is null ? Directory.CreateTempSubdirectory("segue-test-") : null;
        _ended = EndedQueries.Open(ended ?? Path.Combine(_folder!.FullName, "ended"), time, NullLogger.Instance);
        _journal = new Journal(
            config.Name, owner, Store, new JournalSeal(new KeyRing(TokenKey.Of(new byte[32])), "deployment", config.Name), _ended, Metrics, time, NullLogger.Instance);
        _journal.Start(HandleBook.VanishedAfter);
        var files = new RowSpool(spool);
        var book = new HandleBook(config.Hold, files, _journal);
        Services = new GatewayServices
        {
            Cluster = Cluster,
            Coordinator = Cluster.Client,
            Seal = new TokenSeal(new KeyRing(TokenKey.Of(new byte[32])), "deployment", config.Name),
            Calls = new UpstreamCall([]),
            Book = book,
            Spool = files,
            Release = new ReleaseGate(config.Hold.Release),
            Limits = limits,
            Time = time,
            Metrics = Metrics,
            Log = log,
            Writes = new WriteRecovery(
                Cluster,
                name => Cluster.Client(name) is { } client ? new StatementRunner(client, config, "segue-canary/test", time) : null,
                Store,
                new IcebergOutcomeProbe(),
                time,
                NullLogger.Instance),
            Journal = _journal,
            Owner = owner,
            Others = members?.For(owner, book.Memory),
        };
        Gateway = new Server.Gateway.Gateway(Services, _discovery, new SegueHealth([Cluster], CancellationToken.None));
        ((IApplicationBuilder)_app).Run(Gateway.HandleAsync);
    }

    public string Owner { get; }

    public Server.Gateway.Gateway Gateway { get; }

    public Dialect Dialect { get; }

    public GatewayCluster Cluster { get; }

    public GatewayServices Services { get; }

    /// <summary>What its admin port shows.</summary>
    public AdminCluster Shown => new(Cluster, Services.Book, static () => [], new QueryDesk(Services));

    public SegueMetrics Metrics { get; } = new();

    public KeptInMemory Store { get; }

    public Uri Uri => new(_app.Urls.Single());

    /// <summary>Starts it with the first coordinator active.</summary>
    public static async Task<GatewayHost> StartAsync(
        EngineKind engine, ScriptedEngine[] engines, Func<ClusterConfig, ClusterConfig>? settings = null, LimitsConfig? limits = null, TimeProvider? time = null, string? spool = null, string? ended = null, KeptInMemory? store = null, SeveralMembers? members = null, ILogger? log = null)
    {
        var host = new GatewayHost(
            engine, settings ?? (static config => config), limits ?? new LimitsConfig(), time ?? TimeProvider.System, spool ?? Path.GetTempPath(), ended, store ?? new KeptInMemory(), members, log ?? NullLogger.Instance, engines);
        await host._app.StartAsync();
        if (members is not null)
            await members.ListenAsync(host.Owner, host.Gateway, host.Cluster, new MemberAnswers(new OwnQueries([host.Shown], host.Services.Time)));
        host.Cluster.Open(engines[0]);
        return host;
    }

    public Task<Answered> PostAsync(string sql, params (string Name, string Value)[] headers) =>
        SendAsync(HttpMethod.Post, "/v1/statement", sql, headers);

    public Task<Answered> GetAsync(string uri, params (string Name, string Value)[] headers) => SendAsync(HttpMethod.Get, uri, null, headers);

    /// <summary>Polls on to the last page.</summary>
    public async Task<List<Answered>> FollowAsync(Answered from)
    {
        var all = new List<Answered>();
        for (var at = from; at.NextUri is { } next; all.Add(at))
            at = await GetAsync(next);
        return all;
    }

    public async Task<Answered> SendAsync(HttpMethod method, string uri, string? body, params (string Name, string Value)[] headers)
    {
        using var request = Request(method, uri, body, headers);
        using var answer = await _http.SendAsync(request);
        return new Answered(answer, await answer.Content.ReadAsByteArrayAsync());
    }

    public HttpRequestMessage Request(HttpMethod method, string uri, string? body, params (string Name, string Value)[] headers)
    {
        var request = new HttpRequestMessage(method, new Uri(Uri, uri));
        if (body is not null)
            request.Content = new StringContent(body, Encoding.UTF8);
        request.Headers.TryAddWithoutValidation(Dialect.Header("User"), "alice");
        foreach (var (name, value) in headers)
        {
            request.Headers.Remove(name);
            request.Headers.TryAddWithoutValidation(name, value);
        }
        return request;
    }

    public async ValueTask DisposeAsync()
    {
        _http.Dispose();
        await _app.DisposeAsync();
        await _discovery.DisposeAsync();
        await _journal.DisposeAsync();
        _ended.Dispose();
        _folder?.Delete(recursive: true);
        Cluster.Dispose();
        Metrics.Dispose();
    }
}

/// <summary>What a client got.</summary>
internal sealed class Answered(HttpResponseMessage message, byte[] body)
{
    public HttpStatusCode Status => message.StatusCode;

    public byte[] Body => body;

    public string Text => Encoding.UTF8.GetString(body);

    public JsonElement Json { get; } = message.Content.Headers.ContentType?.MediaType == "application/json" && body.Length > 0
        ? JsonDocument.Parse(body).RootElement
        : default;

    public string? NextUri => Json.ValueKind == JsonValueKind.Object && Json.TryGetProperty("nextUri", out var uri) ? uri.GetString() : null;

    public string Id => Json.GetProperty("id").GetString()!;

    public string State => Json.GetProperty("stats").GetProperty("state").GetString()!;

    public string? ErrorName => Json.TryGetProperty("error", out var error) ? error.GetProperty("errorName").GetString() : null;

    public ImmutableArray<string> Rows => Json.TryGetProperty("data", out var data) && data.ValueKind == JsonValueKind.Array
        ? [.. data.EnumerateArray().Select(row => row.GetRawText())]
        : [];

    public string? Header(string name) => message.Headers.TryGetValues(name, out var values) ? string.Join(',', values) : null;
}
