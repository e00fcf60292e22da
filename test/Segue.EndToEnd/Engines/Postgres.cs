using System.Diagnostics;
using System.Globalization;
using Segue.Demo;
using Segue.EndToEnd.Processes;

namespace Segue.EndToEnd.Engines;

/// <summary>A PostgreSQL of a test's own, with the tables of an Iceberg catalog in it; gone on dispose.</summary>
internal sealed class Postgres : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly string _folder;
    private readonly int _port;
    private Process? _server;

    private Postgres(string folder, int port)
    {
        _folder = folder;
        _port = port;
    }

    /// <summary>Where its programs are; null where it is not installed.</summary>
    public static string? Programs { get; } = Directory.Exists("/usr/lib/postgresql")
        ? Directory.EnumerateDirectories("/usr/lib/postgresql").Order(StringComparer.Ordinal).Select(static version => Path.Combine(version, "bin")).LastOrDefault()
        : null;

    /// <summary>As Trino's Iceberg connector wants it.</summary>
    public string JdbcUrl => string.Create(CultureInfo.InvariantCulture, $"jdbc:postgresql://127.0.0.1:{_port}/postgres?user=postgres");

    public static async Task<Postgres> StartAsync(string schema)
    {
        var postgres = new Postgres(Directory.CreateTempSubdirectory("segue-postgres-").FullName, DemoNode.FreePorts(1)[0]);
        try
        {
            await postgres.StartAsync();
            await RunAsync(Start("psql", ["-h", "127.0.0.1", "-p", postgres.Port, "-U", "postgres", "-q", "-v", "ON_ERROR_STOP=1", "-c", schema]));
            return postgres;
        }
        catch
        {
            await postgres.DisposeAsync();
            throw;
        }
    }

    /// <summary>It and each of its connections' processes stand still: what is sent to them waits in their sockets.</summary>
    public Task FreezeAsync() => SignalAsync("STOP");

    public Task ThawAsync() => SignalAsync("CONT");

    public async ValueTask DisposeAsync()
    {
        if (_server is { HasExited: false })
            await RunAsync(AsItsUser("pg_ctl", "stop", "-D", Data, "-m", "immediate", "-s"));
        _server?.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    private string Port => _port.ToString(CultureInfo.InvariantCulture);

    private string Data => Path.Combine(_folder, "data");

    private async Task StartAsync()
    {
        if (Environment.UserName == "root")
            await RunAsync(new ProcessStartInfo("chown", ["postgres", _folder]));
        await RunAsync(AsItsUser("initdb", "-D", Data, "-A", "trust", "-U", "postgres", "--no-sync"));
        _server = Process.Start(AsItsUser("postgres", "-D", Data, "-p", Port, "-k", _folder, "-h", "127.0.0.1", "-F", "-c", "log_min_messages=panic"))!;
        await Until.TrueAsync(async () =>
        {
            using var ready = Process.Start(Start("pg_isready", ["-h", "127.0.0.1", "-p", Port, "-U", "postgres", "-q"]))!;
            await ready.WaitForExitAsync();
            return ready.ExitCode == 0;
        }, Patience, () => "PostgreSQL ready");
    }

    private async Task SignalAsync(string signal)
    {
        var postmaster = (await File.ReadAllLinesAsync(Path.Combine(Data, "postmaster.pid")))[0];
        // first the one that would start others
        await RunAsync(new ProcessStartInfo("kill", [$"-{signal}", postmaster]));
        // one of them may end meanwhile
        using var children = Process.Start(new ProcessStartInfo("pkill", [$"-{signal}", "-P", postmaster]))!;
        await children.WaitForExitAsync();
    }

    /// <summary>It refuses to run as root.</summary>
    private static ProcessStartInfo AsItsUser(string program, params string[] arguments) => Environment.UserName == "root"
        ? new ProcessStartInfo("runuser", ["-u", "postgres", "--", Path.Combine(Programs!, program), .. arguments]) { WorkingDirectory = "/" }
        : Start(program, arguments);

    private static ProcessStartInfo Start(string program, string[] arguments) => new(Path.Combine(Programs!, program), arguments) { WorkingDirectory = "/" };

    private static async Task RunAsync(ProcessStartInfo start)
    {
        start.RedirectStandardOutput = start.RedirectStandardError = true;
        using var process = Process.Start(start)!;
        var said = await Task.WhenAll(process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
        await process.WaitForExitAsync();
        if (process.ExitCode != 0)
            throw new InvalidOperationException($"{start.FileName} ended with {process.ExitCode}: {string.Concat(said)}");
    }
}
