using System.Diagnostics;

namespace Segue.Server.Tests.Store.Servers;

/// <summary>Where processes of a test run.</summary>
/// <param name="Address">An IP address.</param>
/// <param name="Runner">A program, and its arguments, that becomes the one which is named behind them; none for this machine itself.</param>
internal sealed record Host(string Address, params string[] Runner)
{
    public static Host Loopback { get; } = new("127.0.0.1");

    public Uri Url(int port) => new($"http://{Address}:{port}");

    public ProcessStartInfo Its(string program, params string[] arguments)
    {
        string[] line = [.. Runner, program, .. arguments];
        return new ProcessStartInfo(line[0], line[1..]);
    }
}
