using System.Diagnostics;
using System.Globalization;

namespace Segue.Server.Tests.Store.Servers;

/// <summary>A PostgreSQL of a test's own; gone on dispose.</summary>
internal sealed class Postgres : IAsyncDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("segue-postgres-").FullName;
    private Process? _server;

    private Postgres()
    {
    }

    /// <summary>Where its programs are; null where it is not installed.</summary>
    public static string? Programs { get; } = Directory.Exists("/usr/lib/postgresql")
        ? Directory.EnumerateDirectories("/usr/lib/postgresql").Order(StringComparer.Ordinal).Select(static version => Path.Combine(version, "bin")).LastOrDefault()
        : null;

    public int Port { get; } = ServerProcess.FreePort();

    public string Data => Path.Combine(_folder, "data");

    /// <summary>As Trino's Iceberg connector wants it.</summary>
    public string JdbcUrl => string.Create(CultureInfo.InvariantCulture, $"jdbc:postgresql://127.0.0.1:{Port}/postgres?user=postgres");

    /// <param name="sql">Run once it is ready; empty for nothing.</param>
    public static async Task<Postgres> StartAsync(string sql)
    {
        var postgres = new Postgres();
        try
        {
            if (Environment.UserName == "root")
                await ServerProcess.RunAsync(new ProcessStartInfo("chown", ["postgres", postgres._folder]));
            await ServerProcess.RunAsync(Its("initdb", "-D", postgres.Data, "-A", "trust", "-U", "postgres", "-E", "UTF8", "--no-sync"));
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
            ["-D", Data, "-p", PortText, "-k", _folder, "-h", "127.0.0.1", "-F", "-c", "log_min_messages=panic", .. settings.SelectMany(static setting => new[] { "-c", setting })]))!;
        await ServerProcess.ReadyAsync(_server, Port, async () =>
        {
            using var ready = Process.Start(Its("pg_isready", "-h", "127.0.0.1", "-p", PortText, "-U", "postgres", "-q"))!;
            await ready.WaitForExitAsync();
            return ready.ExitCode == 0;
        });
    }

    /// <summary>What it answers, a line a row.</summary>
    public Task<string> RunAsync(string sql) => ServerProcess.RunAsync(
        Its("psql", "-h", "127.0.0.1", "-p", PortText, "-U", "postgres", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-c", sql));

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

    private static ProcessStartInfo Its(string program, params string[] arguments) =>
        ServerProcess.AsUser("postgres", Path.Combine(Programs!, program), arguments);
}
