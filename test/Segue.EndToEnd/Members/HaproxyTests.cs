using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Runtime.Versioning;
using Segue.Core.Model;
using Segue.Core.Protocol;
using Segue.EndToEnd.Clients;
using Segue.EndToEnd.Processes;
using Segue.Server.Tests;
using Segue.Server.Tests.Store.Servers;

namespace Segue.EndToEnd.Members;

/// <summary>Three members behind HAProxy, with the configuration of docs/deploying.md.</summary>
[UnsupportedOSPlatform("windows")]
public sealed class HaproxyTests
{
    private const string Program = "/usr/sbin/haproxy";

    /// <summary>Clients that are in the middle of a read, at any member.</summary>
    private const int Reads = 24;

    [SkippableFact]
    public async Task A_member_that_is_killed_costs_clients_that_take_every_answer_for_the_last_word_nothing()
    {
        Skip.If(!File.Exists(Program), "no /usr/sbin/haproxy: apt-get install haproxy");
        await using var trio = await Trio.StartAsync("etcd");
        var port = ServerProcess.FreePort();
        using var balancer = Process.Start(new ProcessStartInfo(Program, ["-db", "-f", Configuration(trio, port)]))!;
        try
        {
            using var client = new StatementClient(Host.Loopback.Url(port), Dialect.Of(EngineKind.Presto));
            await Until.TrueAsync(() => IsServedAsync(client), Trio.Patience, static () => "an answer through HAProxy");
            var begun = new List<Reply>();
            while (begun.Count < Reads)
                begun.Add(await client.GetAsync((await client.PostAsync("SELECT orderkey FROM tpch.tiny.orders")).NextUri!));
            await Task.WhenAll(trio.Members.Select(static member => member.WaitForJournalAsync(Trio.Patience, statements: Reads / 3)));

            var rest = Task.WhenAll(begun.Select(reply => client.FollowPatientlyAsync(reply, Trio.Patience)));
            trio.Members[1].Process.Kill();
            foreach (var replies in await rest)
            {
                replies[^1].State.ShouldBe("FINISHED", replies[^1].Json.ToString());
                replies.SelectMany(static reply => reply.Rows).Count().ShouldBe(15_000);
            }
            for (var statement = 0; statement < Reads; statement++)
                (await client.RunAsync("SELECT * FROM tpch.tiny.region"))[^1].State.ShouldBe("FINISHED", "HAProxy may not know yet that the member is gone");
        }
        finally
        {
            balancer.Kill();
            await balancer.WaitForExitAsync();
        }
    }

    private static async Task<bool> IsServedAsync(StatementClient client)
    {
        try
        {
            return (await client.GetAsync("/segue/health/ready")).Status == HttpStatusCode.OK;
        }
        catch (HttpRequestException)
        {
            // not started yet
            return false;
        }
    }

    /// <returns>A file of what the documentation shows, with this machine's addresses.</returns>
    private static string Configuration(Trio trio, int port)
    {
        var text = Repository.Read("docs/deploying.md").Split("```").Single(static block => block.StartsWith("\n# haproxy\n", StringComparison.Ordinal));
        text = text.Replace("bind :8080", string.Create(CultureInfo.InvariantCulture, $"bind 127.0.0.1:{port}"), StringComparison.Ordinal);
        foreach (var (at, member) in trio.Members.Index())
            text = text.Replace(string.Create(CultureInfo.InvariantCulture, $"10.0.0.1{at + 1}:8080"), member.Listen.Authority, StringComparison.Ordinal);
        text.ShouldNotContain("10.0.0.");
        var path = Path.Combine(trio.Folder.FullName, "haproxy.cfg");
        File.WriteAllText(path, text);
        return path;
    }
}
