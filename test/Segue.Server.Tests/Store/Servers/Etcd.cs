using System.Diagnostics;
using System.Globalization;
using System.Net;

namespace Segue.Server.Tests.Store.Servers;

/// <summary>An etcd of a test's own; gone on dispose.</summary>
internal sealed class Etcd : IAsyncDisposable
{
    private const string Program = "/usr/bin/etcd";

    private readonly string _folder = Directory.CreateTempSubdirectory("segue-etcd-").FullName;
    private readonly int _peerPort = ServerProcess.FreePort();
    private Process? _server;
    private string _scheme = "http";

    public static bool IsInstalled => File.Exists(Program);

    public int Port { get; } = ServerProcess.FreePort();

    public static async Task<Etcd> StartAsync()
    {
        var etcd = new Etcd();
        await etcd.BeginAsync();
        return etcd;
    }

    /// <summary>Starts the server, the first time or again.</summary>
    /// <param name="certificate">PEM files of its certificate, its key and the authority of clients' certificates; null for plain HTTP.</param>
    public async Task BeginAsync((string Certificate, string Key, string Authority)? certificate = null)
    {
        _server?.Dispose();
        _scheme = certificate is null ? "http" : "https";
        var client = string.Create(CultureInfo.InvariantCulture, $"{_scheme}://127.0.0.1:{Port}");
        var peer = string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{_peerPort}");
        string[] tls = certificate is { } files
            ? ["--cert-file", files.Certificate, "--key-file", files.Key, "--trusted-ca-file", files.Authority, "--client-cert-auth"]
            : [];
        _server = Process.Start(new ProcessStartInfo(Program,
            [
                "--data-dir", Path.Combine(_folder, "data"), "--listen-client-urls", client, "--advertise-client-urls", client,
                "--listen-peer-urls", peer, "--initial-advertise-peer-urls", peer, "--initial-cluster", $"default={peer}",
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
        using var answer = await http.PostAsync(string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{Port}{path}"), new StringContent(json));
        return answer.IsSuccessStatusCode ? await answer.Content.ReadAsStringAsync() : throw new InvalidOperationException(await answer.Content.ReadAsStringAsync());
    }

    public async ValueTask DisposeAsync()
    {
        if (_server is { HasExited: false })
            await StopAsync();
        _server?.Dispose();
        Directory.Delete(_folder, recursive: true);
    }
}
