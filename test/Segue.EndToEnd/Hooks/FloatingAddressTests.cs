using Segue.EndToEnd.Processes;
using Segue.Server.Tests;

namespace Segue.EndToEnd.Hooks;

/// <summary>The example hook that moves an address, in network namespaces.</summary>
public sealed class FloatingAddressTests
{
    private const string Address = "10.99.0.100";

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    [SkippableFact]
    public async Task An_address_comes_with_the_conductor_and_goes_with_its_clean_stop()
    {
        Skip.If(TwoHosts.Missing is not null, TwoHosts.Missing);
        using var hosts = new TwoHosts();
        var folder = Directory.CreateTempSubdirectory("segue-address-");
        try
        {
            await ComesAndGoesAsync(hosts, Configured(folder));
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    private static async Task ComesAndGoesAsync(TwoHosts hosts, string file)
    {
        await using var coordinator = hosts.StartSegue("rehearse", "coordinator", "--engine", "presto", "--port", "8321", "--discovery", "http://127.0.0.1:8080");
        hosts.Mislead(Address);
        await using (var killed = hosts.StartSegue("serve", "--config", file))
        {
            await ComesAsync(hosts, killed);
            await Until.TrueAsync(() => hosts.Neighbour(Address).Contains(hosts.Hardware, StringComparison.Ordinal), Patience,
                () => $"{Address} known to be at {hosts.Hardware}; it is {hosts.Neighbour(Address)}, and Segue said: {killed.Output}");
            await AnswersAsync(hosts, killed);
            killed.Kill();
            await killed.WaitForExitAsync(Patience);
        }
        hosts.HasAddress($"{Address}/24").ShouldBeTrue("nothing is run for one that was killed");

        await using var stopped = hosts.StartSegue("serve", "--config", file);
        await ComesAsync(hosts, stopped);
        stopped.Terminate();
        await stopped.WaitForExitAsync(Patience);
        stopped.ExitCode.ShouldBe(0, stopped.Output);
        hosts.HasAddress($"{Address}/24").ShouldBeFalse(stopped.Output);
        stopped.Output.ShouldNotContain("HookFailed");
    }

    private static async Task ComesAsync(TwoHosts hosts, SegueProcess segue)
    {
        await segue.WaitForOutputAsync("the hook conductor_gained", Patience);
        hosts.HasAddress($"{Address}/24").ShouldBeTrue(segue.Output);
    }

    /// <summary>To who comes by the address, over the cable.</summary>
    private static async Task AnswersAsync(TwoHosts hosts, SegueProcess segue)
    {
        await Until.TrueAsync(async () =>
        {
            await using var status = hosts.StartClient("status", "--admin", $"http://{Address}:8081");
            await status.WaitForExitAsync(Patience);
            return status.ExitCode == 0;
        }, Patience, () => $"a ready Segue at {Address}; it said: {segue.Output}");
    }

    private static string Configured(DirectoryInfo folder)
    {
        var hook = $"[{Path.Combine(Repository.Root, "examples", "hooks", "move-address")}, {TwoHosts.Device}, {Address}/24]";
        var file = Path.Combine(folder.FullName, "segue.yaml");
        File.WriteAllText(file, $"""
            listen: http://0.0.0.0:8080
            admin: http://0.0.0.0:8081
            data_dir: {Path.Combine(folder.FullName, "data")}
            hooks:
              conductor_gained: {hook}
              conductor_lost: {hook}
            clusters:
              - engine: presto
                coordinators: [http://127.0.0.1:8321]
            """);
        return file;
    }
}
