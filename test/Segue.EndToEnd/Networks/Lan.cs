using System.Diagnostics;
using System.Globalization;
using Segue.Server.Tests.Store.Servers;

namespace Segue.EndToEnd.Networks;

/// <summary>Network namespaces as hosts at one switch, this process's machine among them; what is between two of them can be cut, in one direction too. They go with this.</summary>
internal sealed class Lan : IDisposable
{
    /// <summary>The cable's end at each host.</summary>
    public const string Device = "lan0";

    private static int _count;

    private readonly string _name;
    private readonly string _prefix;
    private readonly List<string> _namespaces = [];
    private readonly Dictionary<string, Host> _hosts = [];

    /// <param name="names">Of the hosts.</param>
    public Lan(params string[] names)
    {
        var number = Interlocked.Increment(ref _count);
        _name = string.Create(CultureInfo.InvariantCulture, $"segue-{Environment.ProcessId}-{number}");
        _prefix = string.Create(CultureInfo.InvariantCulture, $"198.18.{(Environment.ProcessId + number) % 256}");
        try
        {
            Add(Switch);
            Ip("-n", Switch, "link", "add", "name", "switch0", "type", "bridge");
            Ip("-n", Switch, "link", "set", "switch0", "up");
            foreach (var (at, name) in names.Index())
                _hosts[name] = Connect(name, at + 1);
            // the test itself, and what else runs on this machine
            var here = string.Create(CultureInfo.InvariantCulture, $"sg{Environment.ProcessId}x{number}");
            Ip("link", "add", "name", here, "type", "veth", "peer", "name", "here", "netns", Switch);
            Ip("address", "add", $"{Here}/24", "dev", here);
            Ip("link", "set", here, "up");
            Plug("here");
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
        : !File.Exists("/usr/sbin/nft") ? "no /usr/sbin/nft: apt-get install nftables"
        : !File.Exists("/usr/bin/arping") ? "no /usr/bin/arping: apt-get install iputils-arping"
        : !Environment.IsPrivilegedProcess ? "network namespaces need root"
        : null;

    /// <summary>This machine's address at the switch.</summary>
    public string Here => $"{_prefix}.254";

    /// <summary>All but this machine.</summary>
    public IEnumerable<Host> Hosts => _hosts.Values;

    public Host this[string name] => _hosts[name];

    /// <summary>Another address of the network, which no host has yet.</summary>
    public string Free => $"{_prefix}.100";

    /// <summary>From now on nothing that the one sends arrives at the other.</summary>
    public static void Cut(Host from, Host to) => InNamespace(to, "nft", "add", "rule", "inet", "segue", "in", "ip", "saddr", from.Address, "drop");

    public static void CutBoth(Host one, Host other)
    {
        Cut(one, other);
        Cut(other, one);
    }

    /// <summary>From now on so much of what comes to a host is lost, and it takes its time.</summary>
    public static void Disturb(Host host, int percentLost)
    {
        InNamespace(host, "nft", "add", "rule", "inet", "segue", "in", "iif", Device, "numgen", "random", "mod", "100", "<", percentLost.ToString(CultureInfo.InvariantCulture), "drop");
        // a kernel without netem can only be slow
        if (!TryRun("tc", "-n", NamespaceOf(host), "qdisc", "add", "dev", Device, "root", "netem", "delay", "40ms", "20ms"))
            Run("tc", "-n", NamespaceOf(host), "qdisc", "add", "dev", Device, "root", "tbf", "rate", "4mbit", "burst", "4kb", "latency", "400ms");
    }

    /// <summary>Pulls a host's cable at the switch: nothing reaches it any more, and nobody is told.</summary>
    public void Unplug(Host host) => Ip("-n", Switch, "link", "set", CableOf(host), "down");

    public void PlugIn(Host host) => Ip("-n", Switch, "link", "set", CableOf(host), "up");

    /// <summary>The network is whole again.</summary>
    public void Mend()
    {
        foreach (var host in _hosts.Values)
        {
            InNamespace(host, "nft", "flush", "chain", "inet", "segue", "in");
            if (Run("tc", "-n", NamespaceOf(host), "qdisc", "show", "dev", Device) is var queue && (queue.Contains("netem", StringComparison.Ordinal) || queue.Contains("tbf", StringComparison.Ordinal)))
                Run("tc", "-n", NamespaceOf(host), "qdisc", "delete", "dev", Device, "root");
        }
    }

    public static bool HasAddress(Host host, string address) =>
        Ip("-n", NamespaceOf(host), "-oneline", "address", "show", "dev", Device).Contains($" {address} ", StringComparison.Ordinal);

    /// <summary>Where a host is at the switch.</summary>
    public static string Hardware(Host host) => Ip("-n", NamespaceOf(host), "-brief", "link", "show", "dev", Device).Split(' ', StringSplitOptions.RemoveEmptyEntries)[2];

    /// <summary>A host believes that none of these has the address.</summary>
    public static void Mislead(Host host, string address) =>
        Ip("-n", NamespaceOf(host), "neighbour", "replace", address, "lladdr", "02:00:00:00:00:99", "dev", Device, "nud", "reachable");

    /// <summary>What a host knows of an address.</summary>
    public static string Neighbour(Host host, string address) => Ip("-n", NamespaceOf(host), "neighbour", "show", address);

    public void Dispose()
    {
        foreach (var name in _namespaces)
            Ip("netns", "delete", name);
    }

    private string Switch => $"{_name}-switch";

    private static string NamespaceOf(Host host) => host.Runner[^1];

    private string CableOf(Host host) => _hosts.Single(pair => pair.Value == host).Key;

    private Host Connect(string name, int number)
    {
        var space = $"{_name}-{name}";
        Add(space);
        Ip("link", "add", "name", Device, "netns", space, "type", "veth", "peer", "name", name, "netns", Switch);
        var host = new Host(string.Create(CultureInfo.InvariantCulture, $"{_prefix}.{number}"), "/usr/sbin/ip", "netns", "exec", space);
        Ip("-n", space, "address", "add", $"{host.Address}/24", "dev", Device);
        Ip("-n", space, "link", "set", Device, "up");
        Plug(name);
        InNamespace(host, "nft", "add", "table", "inet", "segue");
        InNamespace(host, "nft", "add", "chain", "inet", "segue", "in", "{ type filter hook input priority 0; }");
        return host;
    }

    private void Add(string space)
    {
        Ip("netns", "add", space);
        _namespaces.Add(space);
        Ip("-n", space, "link", "set", "lo", "up");
    }

    private void Plug(string cable)
    {
        Ip("-n", Switch, "link", "set", cable, "master", "switch0");
        Ip("-n", Switch, "link", "set", cable, "up");
    }

    private static void InNamespace(Host host, params string[] command) => Run("ip", ["netns", "exec", NamespaceOf(host), .. command]);

    private static string Ip(params string[] arguments) => Run("ip", arguments);

    private static string Run(string program, params string[] arguments)
    {
        var (code, said) = Ended(program, arguments);
        return code == 0 ? said : throw new InvalidOperationException($"{program} {string.Join(' ', arguments)}: {said}");
    }

    private static bool TryRun(string program, params string[] arguments) => Ended(program, arguments).Code == 0;

    private static (int Code, string Said) Ended(string program, string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo($"/usr/sbin/{program}", arguments) { RedirectStandardOutput = true, RedirectStandardError = true })!;
        var wrong = process.StandardError.ReadToEndAsync();
        var said = process.StandardOutput.ReadToEnd() + wrong.GetAwaiter().GetResult();
        process.WaitForExit();
        return (process.ExitCode, said);
    }
}
