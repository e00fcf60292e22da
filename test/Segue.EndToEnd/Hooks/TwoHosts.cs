using System.Diagnostics;
using Segue.EndToEnd.Processes;

namespace Segue.EndToEnd.Hooks;

/// <summary>Two network namespaces with a cable between them: the one is Segue's host, the other a client's. They go with this.</summary>
internal sealed class TwoHosts : IDisposable
{
    /// <summary>The cable's end at either host.</summary>
    public const string Device = "lan0";

    private readonly string _segue = $"segue-{Environment.ProcessId}-host";
    private readonly string _client = $"segue-{Environment.ProcessId}-client";

    public TwoHosts()
    {
        try
        {
            foreach (var host in (string[])[_segue, _client])
            {
                Ip("netns", "add", host);
                Ip("-n", host, "link", "set", "lo", "up");
            }
            Ip("link", "add", Device, "netns", _segue, "type", "veth", "peer", "name", Device, "netns", _client);
            foreach (var (host, address) in ((string, string)[])[(_segue, "10.99.0.1/24"), (_client, "10.99.0.2/24")])
            {
                Ip("-n", host, "address", "add", address, "dev", Device);
                Ip("-n", host, "link", "set", Device, "up");
            }
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <summary>Why there can be none here, or null.</summary>
    public static string? Missing =>
        !OperatingSystem.IsLinux() ? "network namespaces are Linux's"
        : !File.Exists("/usr/sbin/ip") ? "no /usr/sbin/ip: apt-get install iproute2"
        : !File.Exists("/usr/bin/arping") ? "no /usr/bin/arping: apt-get install iputils-arping"
        : !Environment.IsPrivilegedProcess ? "network namespaces need root"
        : null;

    public SegueProcess StartSegue(params string[] arguments) => SegueProcess.StartBehind(["/usr/sbin/ip", "netns", "exec", _segue], arguments);

    /// <summary>At the client's host.</summary>
    public SegueProcess StartClient(params string[] arguments) => SegueProcess.StartBehind(["/usr/sbin/ip", "netns", "exec", _client], arguments);

    public bool HasAddress(string address) =>
        Ip("-n", _segue, "-oneline", "address", "show", "dev", Device).Contains($" {address} ", StringComparison.Ordinal);

    /// <summary>Where Segue's host is on the cable.</summary>
    public string Hardware => Ip("-n", _segue, "-brief", "link", "show", "dev", Device).Split(' ', StringSplitOptions.RemoveEmptyEntries)[2];

    /// <summary>The client's host believes that another one has the address.</summary>
    public void Mislead(string address) =>
        Ip("-n", _client, "neighbour", "replace", address, "lladdr", "02:00:00:00:00:99", "dev", Device, "nud", "reachable");

    /// <summary>What the client's host knows of an address.</summary>
    public string Neighbour(string address) => Ip("-n", _client, "neighbour", "show", address);

    public void Dispose()
    {
        foreach (var host in (string[])[_segue, _client])
        {
            if (File.Exists($"/run/netns/{host}"))
                Ip("netns", "delete", host);
        }
    }

    private static string Ip(params string[] arguments)
    {
        using var ip = Process.Start(new ProcessStartInfo("/usr/sbin/ip", arguments) { RedirectStandardOutput = true, RedirectStandardError = true })!;
        var said = ip.StandardOutput.ReadToEnd();
        var wrong = ip.StandardError.ReadToEnd();
        ip.WaitForExit();
        return ip.ExitCode == 0 ? said : throw new InvalidOperationException($"ip {string.Join(' ', arguments)}: {wrong}");
    }
}
