using System.Diagnostics;
using Segue.Core.Protocol;
using Segue.EndToEnd.Engines;

namespace Segue.EndToEnd.Load;

/// <summary>The engine's own command-line client, which runs a file of statements and ends at the first that fails.</summary>
internal sealed class CommandLineReader(Uri server, Dialect dialect) : IReadClient
{
    private const int Statements = 20_000;

    public async Task RunAsync(Action<TimeSpan, TimeSpan, string?> seen, Func<TimeSpan> now, CancellationToken stop)
    {
        var file = Path.GetTempFileName();
        await File.WriteAllLinesAsync(file, Enumerable.Repeat("SELECT count(*) FROM tpch.tiny.nation;", Statements), stop);
        using var client = Process.Start(RealEngine.Client(dialect, "--server", server.GetLeftPart(UriPartial.Authority), "--output-format", "CSV", "--file", file))!;
        var errors = client.StandardError.ReadToEndAsync(CancellationToken.None);
        await using (stop.Register(client.Kill))
        {
            var began = now();
            while (await client.StandardOutput.ReadLineAsync(CancellationToken.None) is { } line)
            {
                seen(began, now(), line is "\"25\"" ? null : $"{line} in place of \"25\"");
                began = now();
            }
            await client.WaitForExitAsync(CancellationToken.None);
            if (!stop.IsCancellationRequested)
                seen(began, now(), $"the client ended with {client.ExitCode}: {await errors}");
        }
        File.Delete(file);
    }
}
