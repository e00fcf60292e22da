using System.Globalization;
using System.Text.Json;
using Segue.EndToEnd.Engines;
using Segue.EndToEnd.Processes;
using Segue.Server.Tests.Store.Servers;

namespace Segue.EndToEnd.Failover;

/// <summary>A rehearsed coordinator in a process of its own, which can die and come back on the same port.</summary>
internal sealed class RehearsedCoordinator : ICoordinator
{
    private readonly HttpClient _http;
    private readonly string[] _arguments;
    private SegueProcess _process;

    public RehearsedCoordinator(string engine, int port, string discovery, string data, string[] knobs, Host? host = null)
    {
        Host = host ?? Host.Loopback;
        Uri = Host.Url(port);
        _http = new HttpClient { BaseAddress = Uri };
        _arguments = ["rehearse", "coordinator", "--engine", engine, "--address", Host.Address, "--port", port.ToString(CultureInfo.InvariantCulture), "--discovery", discovery, "--data", data, .. knobs];
        _process = SegueProcess.StartAt(Host, _arguments);
    }

    public Host Host { get; }

    public Uri Uri { get; }

    public string Name => Uri.Authority;

    public SegueProcess Process => _process;

    public Task KillAsync()
    {
        _process.Kill();
        return Task.CompletedTask;
    }

    public async Task RestartAsync()
    {
        await _process.DisposeAsync();
        _process = SegueProcess.StartAt(Host, _arguments);
    }

    /// <summary>The rows that its runs of a statement have produced so far, a number for each run.</summary>
    public async Task<IReadOnlyList<long>> RunsOfAsync(string sql)
    {
        using var queries = JsonDocument.Parse(await _http.GetByteArrayAsync("/v1/query"));
        return [.. queries.RootElement.EnumerateArray()
            .Where(query => query.GetProperty("query").GetString() == sql)
            .Select(query => query.GetProperty("queryStats").GetProperty("outputPositions").GetInt64())];
    }

    /// <summary>What it says of its only run of a statement; null before there is one.</summary>
    public async Task<string?> StateOfAsync(string sql)
    {
        using var queries = JsonDocument.Parse(await _http.GetByteArrayAsync("/v1/query"));
        return queries.RootElement.EnumerateArray()
            .Where(query => query.GetProperty("query").GetString() == sql)
            .Select(query => query.GetProperty("state").GetString())
            .SingleOrDefault();
    }

    public ValueTask DisposeAsync()
    {
        _http.Dispose();
        return _process.DisposeAsync();
    }
}
