using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Text.Json;

namespace Segue.Server.Tests.Store.Servers;

/// <summary>An etcd of a test's own, or one node of several; gone on dispose.</summary>
internal sealed class Etcd(Host host) : IAsyncDisposable
{
    private const string Program = "/usr/bin/etcd";

    private readonly string _folder = Directory.CreateTempSubdirectory("segue-etcd-").FullName;
    private readonly int _peerPort = ServerProcess.FreePort();
    private IReadOnlyList<Etcd>? _nodes;
    private Process? _server;
    private string _scheme = "http";

    public static bool IsInstalled => File.Exists(Program);

    public int Port { get; } = ServerProcess.FreePort();

    public Host Host => host;

    private Uri Peer => host.Url(_peerPort);

    private IReadOnlyList<Etcd> Nodes => _nodes ?? [this];

    public static async Task<Etcd> StartAsync() => (await StartAsync([Host.Loopback]))[0];

    /// <summary>One etcd of as many nodes.</summary>
    public static async Task<IReadOnlyList<Etcd>> StartAsync(IEnumerable<Host> hosts)
    {
        List<Etcd> nodes = [.. hosts.Select(static host => new Etcd(host))];
        foreach (var node in nodes)
            node._nodes = nodes;
        // none is ready before most of them are
        await Task.WhenAll(nodes.Select(static node => node.BeginAsync()));
        return nodes;
    }

    /// <summary>Starts the server, the first time or again.</summary>
    /// <param name="certificate">PEM files of its certificate, its key and the authority of clients' certificates; null for plain HTTP.</param>
    public async Task BeginAsync((string Certificate, string Key, string Authority)? certificate = null)
    {
        _server?.Dispose();
        _scheme = certificate is null ? "http" : "https";
        var client = string.Create(CultureInfo.InvariantCulture, $"{_scheme}://{host.Address}:{Port}");
        string[] tls = certificate is { } files
            ? ["--cert-file", files.Certificate, "--key-file", files.Key, "--trusted-ca-file", files.Authority, "--client-cert-auth"]
            : [];
        _server = Process.Start(host.Its(Program,
            [
                "--name", Name, "--data-dir", Path.Combine(_folder, "data"), "--listen-client-urls", client, "--advertise-client-urls", client,
                "--listen-peer-urls", Text(Peer), "--initial-advertise-peer-urls", Text(Peer),
                "--initial-cluster", string.Join(',', Nodes.Select(static node => $"{node.Name}={Text(node.Peer)}")),
                // quick elections: leases may be as short as a second
                "--heartbeat-interval", "50", "--election-timeout", "250", "--logger", "zap", "--log-level", "panic", "--log-outputs", Path.Combine(_folder, "log"), .. tls,
            ]))!;
        await ServerProcess.ReadyAsync(_server, Port, async () =>
        {
            using var http = new HttpClient(new HttpClientHandler { ServerCertificateCustomValidationCallback = HttpClientHandler.DangerousAcceptAnyServerCertificateValidator });
            try
            {
                // with users it refuses, but not before it has a leader; with client certificates only the port can be tried
                using var answer = await http.PostAsync(client + "/v3/kv/range", new StringContent("{\"key\":\"AA==\"}"));
                return answer.StatusCode != HttpStatusCode.ServiceUnavailable;
            }
            catch (HttpRequestException failed)
            {
                return certificate is not null && failed.HttpRequestError != HttpRequestError.ConnectionError;
            }
        });
    }

    /// <summary>Whether it leads the nodes.</summary>
    public async Task<bool> LeadsAsync()
    {
        using var status = JsonDocument.Parse(await AskAsync("/v3/maintenance/status", "{}"));
        return status.RootElement.GetProperty("leader").GetString() == status.RootElement.GetProperty("header").GetProperty("member_id").GetString();
    }

    public async Task StopAsync()
    {
        _server!.Kill();
        await _server.WaitForExitAsync();
    }

    public Task FreezeAsync() => ServerProcess.SignalAsync(_server!, "STOP");

    public Task ThawAsync() => ServerProcess.SignalAsync(_server!, "CONT");

    /// <summary>Asks its gateway without a user.</summary>
    public async Task<string> AskAsync(string path, string json)
    {
        using var http = new HttpClient();
        using var answer = await http.PostAsync(string.Create(CultureInfo.InvariantCulture, $"http://{host.Address}:{Port}{path}"), new StringContent(json));
        return answer.IsSuccessStatusCode ? await answer.Content.ReadAsStringAsync() : throw new InvalidOperationException(await answer.Content.ReadAsStringAsync());
    }

    public async ValueTask DisposeAsync()
    {
        if (_server is { HasExited: false })
            await StopAsync();
        _server?.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    private string Name => string.Create(CultureInfo.InvariantCulture, $"port{_peerPort}");

    private static string Text(Uri uri) => uri.GetLeftPart(UriPartial.Authority);
}
