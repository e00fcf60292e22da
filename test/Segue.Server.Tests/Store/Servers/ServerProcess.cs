using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace Segue.Server.Tests.Store.Servers;

/// <summary>A server process of a test's own, from Debian's packages.</summary>
internal static class ServerProcess
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    /// <summary>It refuses to run as root.</summary>
    public static ProcessStartInfo AsUser(Host host, string user, string program, params string[] arguments)
    {
        var start = Environment.UserName == "root"
            ? host.Its("setpriv", ["--reuid", user, "--regid", user, "--clear-groups", "--", program, .. arguments])
            : host.Its(program, arguments);
        start.WorkingDirectory = "/";
        return start;
    }

    /// <summary>To the end; what it said.</summary>
    public static async Task<string> RunAsync(ProcessStartInfo start)
    {
        start.RedirectStandardOutput = start.RedirectStandardError = true;
        using var process = Process.Start(start)!;
        var said = string.Concat(await Task.WhenAll(process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync()));
        await process.WaitForExitAsync();
        return process.ExitCode == 0 ? said : throw new InvalidOperationException($"{start.FileName} ended with {process.ExitCode}: {said}");
    }

    /// <summary>Waits until it takes connections.</summary>
    public static async Task ReadyAsync(Process server, int port, Func<Task<bool>> ready)
    {
        var began = TimeProvider.System.GetTimestamp();
        while (!await ready())
        {
            if (server.HasExited || TimeProvider.System.GetElapsedTime(began) > Patience)
                throw new TimeoutException($"no server on port {port}");
            await Task.Delay(TimeSpan.FromMilliseconds(20), TimeProvider.System);
        }
    }

    /// <summary>The process and those that it began.</summary>
    public static async Task SignalAsync(Process server, string signal)
    {
        var children = File.ReadAllText($"/proc/{server.Id}/task/{server.Id}/children").Split(' ', StringSplitOptions.RemoveEmptyEntries);
        try
        {
            await RunAsync(new ProcessStartInfo("kill", ["-" + signal, server.Id.ToString(CultureInfo.InvariantCulture), .. children]));
        }
        catch (InvalidOperationException) when (children.Length > 0)
        {
            // one of them ended by itself meanwhile; the others got it
        }
    }

    public static int FreePort()
    {
        using var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
        socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        return ((IPEndPoint)socket.LocalEndPoint!).Port;
    }
}
