using System.Diagnostics;
using System.Globalization;

namespace Segue.Server.Tests.Store.Servers;

/// <summary>A PostgreSQL of a test's own; gone on dispose.</summary>
internal sealed class Postgres : IAsyncDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("segue-postgres-").FullName;
    private Process? _server;

    private readonly Host _host;

    private Postgres(Host host) => _host = host;

    /// <summary>Where its programs are; null where it is not installed.</summary>
    public static string? Programs { get; } = Directory.Exists("/usr/lib/postgresql")
        ? Directory.EnumerateDirectories("/usr/lib/postgresql").Order(StringComparer.Ordinal).Select(static version => Path.Combine(version, "bin")).LastOrDefault()
        : null;

    public int Port { get; } = ServerProcess.FreePort();

    public bool IsRunning => _server is { HasExited: false };

    public string Data => Path.Combine(_folder, "data");

    /// <summary>As Trino's Iceberg connector wants it.</summary>
    public string JdbcUrl => string.Create(CultureInfo.InvariantCulture, $"jdbc:postgresql://{_host.Address}:{Port}/postgres?user=postgres");

    /// <param name="sql">Run once it is ready; empty for nothing.</param>
    /// <param name="host">Of a network of the test's own, all of which it lets in; by default this machine alone.</param>
    public static async Task<Postgres> StartAsync(string sql, Host? host = null)
    {
        var postgres = new Postgres(host ?? Host.Loopback);
        try
        {
            if (Environment.UserName == "root")
                await ServerProcess.RunAsync(new ProcessStartInfo("chown", ["postgres", postgres._folder]));
            await ServerProcess.RunAsync(postgres.Its("initdb", "-D", postgres.Data, "-A", "trust", "-U", "postgres", "-E", "UTF8", "--no-sync"));
            if (host is not null)
                await File.AppendAllTextAsync(Path.Combine(postgres.Data, "pg_hba.conf"), "host all all samenet trust\n");
            await postgres.BeginAsync();
            if (sql.Length > 0)
                await postgres.RunAsync(sql);
            return postgres;
        }
        catch
        {
            await postgres.DisposeAsync();
            throw;
        }
    }

    /// <summary>Starts the server, the first time or again.</summary>
    /// <param name="settings">As <c>name=value</c>.</param>
    public async Task BeginAsync(params string[] settings)
    {
        _server?.Dispose();
        _server = Process.Start(Its("postgres",
            ["-D", Data, "-p", PortText, "-k", _folder, "-h", _host.Address, "-F", "-c", "log_min_messages=panic", .. settings.SelectMany(static setting => new[] { "-c", setting })]))!;
        await ServerProcess.ReadyAsync(_server, Port, async () =>
        {
            using var ready = Process.Start(Its("pg_isready", "-h", _host.Address, "-p", PortText, "-U", "postgres", "-q"))!;
            await ready.WaitForExitAsync();
            return ready.ExitCode == 0;
        });
    }

    /// <summary>What it answers, a line a row.</summary>
    public Task<string> RunAsync(string sql) => ServerProcess.RunAsync(
        Its("psql", "-h", _host.Address, "-p", PortText, "-U", "postgres", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-c", sql));

    public async Task StopAsync()
    {
        await ServerProcess.RunAsync(Its("pg_ctl", "stop", "-D", Data, "-m", "immediate", "-s"));
        await _server!.WaitForExitAsync();
    }

    public Task FreezeAsync() => ServerProcess.SignalAsync(_server!, "STOP");

    public Task ThawAsync() => ServerProcess.SignalAsync(_server!, "CONT");

    public async ValueTask DisposeAsync()
    {
        if (_server is { HasExited: false })
            await StopAsync();
        _server?.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    private string PortText => Port.ToString(CultureInfo.InvariantCulture);

    private ProcessStartInfo Its(string program, params string[] arguments) =>
        ServerProcess.AsUser(_host, "postgres", Path.Combine(Programs!, program), arguments);
}
