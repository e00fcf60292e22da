using System.Diagnostics;
using System.Net;
using System.Net.Sockets;

namespace Segue.EndToEnd.Commands;

/// <summary>The real program, as a script calls it.</summary>
public sealed class StatusCommandTests
{
    [Fact]
    public async Task An_admin_port_that_nobody_listens_on_is_named_with_what_to_check()
    {
        var admin = $"http://127.0.0.1:{UnusedPort()}";
        var (code, _, error) = await Run("status", "--admin", admin);
        code.ShouldBe(2);
        error.ShouldContain($"{admin}/ cannot be reached (Connection refused): is `segue serve` running there");
    }

    [Fact]
    public async Task An_address_that_is_no_URL_is_a_wrong_command_line()
    {
        var (code, _, error) = await Run("status", "--admin", "coordinator");
        code.ShouldBe(1);
        error.ShouldContain("coordinator: a URL such as http://127.0.0.1:8081 is expected.");
    }

    [Fact]
    public async Task Version_names_the_engines_it_was_tried_with()
    {
        var (code, output, _) = await Run("version");
        code.ShouldBe(0);
        output.ShouldContain("Presto 0.287 and Trino 483");
        output.ShouldContain(".NET 10");
    }

    private static int UnusedPort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    private static async Task<(int Code, string Output, string Error)> Run(params string[] arguments)
    {
        var start = new ProcessStartInfo("dotnet", [Path.Combine(AppContext.BaseDirectory, "segue.dll"), .. arguments])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        using var process = Process.Start(start)!;
        var error = process.StandardError.ReadToEndAsync();
        var output = await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();
        return (process.ExitCode, output, await error);
    }
}
