using System.Diagnostics;
using System.Text;
using System.Text.Json;

namespace Segue.EndToEnd.Discovery;

/// <summary>Real engine nodes of this test alone; all end with it.</summary>
internal sealed class Engine : IAsyncDisposable
{
    private readonly string _script;
    private readonly DirectoryInfo _nodes = Directory.CreateTempSubdirectory("segue-discovery-");

    private Engine(string script) => _script = script;

    /// <summary>Skips the test where this machine has no engines.</summary>
    public static Engine FindOrSkip()
    {
        var script = Environment.GetEnvironmentVariable("SEGUE_ENGINE_SCRIPT");
        Skip.If(script is null || !File.Exists(script), "SEGUE_ENGINE_SCRIPT names no script that starts real engines.");
        return new Engine(script);
    }

    public async Task RunAsync(params string[] arguments)
    {
        var start = new ProcessStartInfo(_script, arguments) { Environment = { ["SEGUE_NODES"] = _nodes.FullName } };
        using var process = Process.Start(start)!;
        await process.WaitForExitAsync();
        process.ExitCode.ShouldBe(0, string.Join(' ', arguments));
    }

    /// <summary>Runs a statement as a client does and gives back its only value.</summary>
    public static async Task<string> ScalarAsync(Uri coordinator, string prefix, string statement)
    {
        using var http = new HttpClient();
        http.DefaultRequestHeaders.Add($"{prefix}User", "segue");
        using var content = new StringContent(statement, Encoding.UTF8);
        using var posted = await http.PostAsync(new Uri(coordinator, "/v1/statement"), content);
        var page = await posted.Content.ReadAsStringAsync();
        string? value = null;
        while (true)
        {
            using var json = JsonDocument.Parse(page);
            if (json.RootElement.TryGetProperty("error", out var error))
                throw new InvalidOperationException(error.ToString());
            if (json.RootElement.TryGetProperty("data", out var data) && data.GetArrayLength() > 0)
                value = data[0][0].ToString();
            if (!json.RootElement.TryGetProperty("nextUri", out var next))
                return value ?? throw new InvalidOperationException("no row");
            page = await http.GetStringAsync(new Uri(next.GetString()!));
        }
    }

    public async ValueTask DisposeAsync() => await RunAsync("clean");
}
