using System.Net;
using System.Runtime.Versioning;
using Segue.Core.Model;
using Segue.EndToEnd.Networks;
using Segue.EndToEnd.Processes;
using Segue.Server.Admin;

namespace Segue.EndToEnd.Members;

/// <summary>What each of several members tells load balancers while it ends, and while it alone is in trouble (R10.4).</summary>
[UnsupportedOSPlatform("windows")]
public sealed class ReadinessTests
{
    private const string LongRead = "SELECT orderkey FROM tpch.tiny.orders";

    /// <summary>Some requests of a busy machine fit into it, and it is longer than a process that was told to end has by itself.</summary>
    private static readonly TimeSpan Drain = TimeSpan.FromSeconds(30);

    private static readonly TimeSpan Promised = TimeSpan.FromSeconds(1);

    [SkippableFact]
    public async Task A_member_that_is_told_to_end_says_that_it_is_not_ready_and_serves_on_until_load_balancers_have_seen_it()
    {
        await using var trio = await Trio.StartAsync("etcd", members: $"{{ drain: {Drain.TotalSeconds:0}s }}");
        using var front = new AnyMember(trio.Members);
        var (ending, other) = (trio.Members[1], trio.Members[2]);
        using var client = Trio.Client(ending);
        var open = await client.GetAsync((await client.PostAsync(LongRead)).NextUri!);
        await SaysAsync(ending, HttpStatusCode.OK, "served by ");

        var (time, told) = (TimeProvider.System, TimeProvider.System.GetTimestamp());
        ending.Process.Terminate();
        await SaysAsync(ending, HttpStatusCode.ServiceUnavailable, "this member is stopping");
        var polled = await client.GetAsync(open.NextUri!);
        polled.Status.ShouldBe(HttpStatusCode.OK);
        polled.HasError.ShouldBeFalse(polled.Json.ToString());
        (await client.RunAsync("SELECT * FROM tpch.tiny.region"))[^1].State.ShouldBe("FINISHED");
        foreach (var member in trio.Members.Where(member => member != ending))
            await SaysAsync(member, HttpStatusCode.OK, "served by ");

        await Until.TrueAsync(async () =>
        {
            try
            {
                (await ending.ReadinessAsync()).Status.ShouldBe(HttpStatusCode.ServiceUnavailable);
                return false;
            }
            catch (HttpRequestException closed)
            {
                // the last connection may end while it is used
                return closed.HttpRequestError == HttpRequestError.ConnectionError;
            }
        }, Trio.Patience, () => $"a closed port; it said: {ending.Output}");
        time.GetElapsedTime(told).ShouldBeGreaterThan(Drain);
        await ending.Process.WaitForExitAsync(Trio.Patience);
        ending.Process.ExitCode.ShouldBe(0, ending.Output);

        var rest = await front.FollowAsync(polled, _ => other);
        rest[^1].State.ShouldBe("FINISHED", rest[^1].Json.ToString());
        (open.Rows.Count() + rest.SelectMany(static reply => reply.Rows).Count()).ShouldBe(15_000);
    }

    [SkippableFact]
    public async Task A_member_that_alone_misses_the_active_coordinator_is_not_ready_until_it_reaches_it_again()
    {
        var kind = new FleetKind(EngineKind.Presto, IsReal: false, "etcd");
        Skip.If(kind.Missing is not null, kind.Missing);
        await using var fleet = await Fleet.StartAsync(kind);
        var (active, conductor) = (await fleet.ActiveAsync(), await fleet.ConductorAsync());
        var apart = fleet.Members.First(member => member != conductor);
        await SaysAsync(apart, HttpStatusCode.OK, $"served by {active.Name}");

        Lan.CutBoth(apart.Host, active.Host);
        DateTimeOffset? missed = null;
        await Until.TrueAsync(async () =>
        {
            var report = await apart.ReportAsync();
            var list = report.Clusters.Single().Members!.List;
            missed = list.Single(static one => one.Self).Misses.Contains(active.Name) ? missed ?? report.At : null;
            if (report.Ready && report.At - missed > Promised)
                list.ShouldNotContain(one => SaidSince(one, report.At - missed!.Value, active.Name), $"it is ready, and missed it since {missed:O}: {report}");
            return !report.Ready;
        }, Fleet.Patience, () => $"a status that is not ready; it said: {apart.Output}");
        await SaysAsync(apart, HttpStatusCode.ServiceUnavailable, $"{active.Name} does not answer this member, and ");

        // its clients are served by the others, and nobody fails over
        foreach (var member in fleet.Members.Where(member => member != apart))
        {
            await SaysAsync(member, HttpStatusCode.OK, $"served by {active.Name}");
            (await member.StatusAsync()).Active.ShouldBe(active.Name);
        }
        using var front = new AnyMember(fleet.Members);
        (await front.RunAsync("SELECT * FROM tpch.tiny.region", _ => apart))[^1].State.ShouldBe("FINISHED");

        fleet.Lan.Mend();
        await SaysAsync(apart, HttpStatusCode.OK, $"served by {active.Name}");
    }

    private static async Task SaysAsync(SegueFront member, HttpStatusCode status, string sentence)
    {
        (HttpStatusCode Status, string Sentence) said = default;
        await Until.TrueAsync(async () =>
        {
            said = await member.ReadinessAsync();
            return said.Status == status && said.Sentence.Contains(sentence, StringComparison.Ordinal);
        }, Fleet.Patience, () => $"{status} '{sentence}' of {member.Listen}; it was {said}, and it said: {member.Output}");
    }

    /// <summary>Another member's word that it reaches a coordinator came within the last so many seconds.</summary>
    private static bool SaidSince(MemberReport member, TimeSpan since, string coordinator) =>
        !member.Self && member.ToldSecondsAgo < since.TotalSeconds && member.Reaches.Contains(coordinator);
}
