using Segue.EndToEnd.Networks;
using Segue.EndToEnd.Processes;
using Segue.Server.Tests;

namespace Segue.EndToEnd.Hooks;

/// <summary>The example hook that moves an address, in network namespaces.</summary>
public sealed class FloatingAddressTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    [SkippableFact]
    public async Task An_address_comes_with_the_conductor_and_goes_with_its_clean_stop()
    {
        Skip.If(Lan.Missing is not null, Lan.Missing);
        using var hosts = new Lan("segue", "client");
        var folder = Directory.CreateTempSubdirectory("segue-address-");
        try
        {
            await ComesAndGoesAsync(hosts, Configured(folder, hosts.Free));
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    private static async Task ComesAndGoesAsync(Lan hosts, string file)
    {
        await using var coordinator = SegueProcess.StartAt(hosts["segue"], "rehearse", "coordinator", "--engine", "presto", "--port", "8321", "--discovery", "http://127.0.0.1:8080");
        Lan.Mislead(hosts["client"], hosts.Free);
        await using (var killed = SegueProcess.StartAt(hosts["segue"], "serve", "--config", file))
        {
            await ComesAsync(hosts, killed);
            await Until.TrueAsync(() => Lan.Neighbour(hosts["client"], hosts.Free).Contains(Lan.Hardware(hosts["segue"]), StringComparison.Ordinal), Patience,
                () => $"{hosts.Free} known to be at {Lan.Hardware(hosts["segue"])}; it is {Lan.Neighbour(hosts["client"], hosts.Free)}, and Segue said: {killed.Output}");
            await AnswersAsync(hosts, killed);
            killed.Kill();
            await killed.WaitForExitAsync(Patience);
        }
        Lan.HasAddress(hosts["segue"], $"{hosts.Free}/24").ShouldBeTrue("nothing is run for one that was killed");

        await using var stopped = SegueProcess.StartAt(hosts["segue"], "serve", "--config", file);
        await ComesAsync(hosts, stopped);
        stopped.Terminate();
        await stopped.WaitForExitAsync(Patience);
        stopped.ExitCode.ShouldBe(0, stopped.Output);
        Lan.HasAddress(hosts["segue"], $"{hosts.Free}/24").ShouldBeFalse(stopped.Output);
        stopped.Output.ShouldNotContain("HookFailed");
    }

    private static async Task ComesAsync(Lan hosts, SegueProcess segue)
    {
        await segue.WaitForOutputAsync("the hook conductor_gained", Patience);
        Lan.HasAddress(hosts["segue"], $"{hosts.Free}/24").ShouldBeTrue(segue.Output);
    }

    /// <summary>To who comes by the address, over the cable.</summary>
    private static async Task AnswersAsync(Lan hosts, SegueProcess segue)
    {
        await Until.TrueAsync(async () =>
        {
            await using var status = SegueProcess.StartAt(hosts["client"], "status", "--admin", $"http://{hosts.Free}:8081");
            await status.WaitForExitAsync(Patience);
            return status.ExitCode == 0;
        }, Patience, () => $"a ready Segue at {hosts.Free}; it said: {segue.Output}");
    }

    private static string Configured(DirectoryInfo folder, string address)
    {
        var hook = $"[{Path.Combine(Repository.Root, "examples", "hooks", "move-address")}, {Lan.Device}, {address}/24]";
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
