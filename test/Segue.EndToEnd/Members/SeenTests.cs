using System.Collections.Immutable;
using System.Runtime.Versioning;
using System.Text.Json;
using Segue.Core.Model;
using Segue.EndToEnd.Commands;
using Segue.EndToEnd.Processes;
using Segue.Server.Admin;

namespace Segue.EndToEnd.Members;

/// <summary>What a person sees of three members, by asking any one of them.</summary>
[UnsupportedOSPlatform("windows")]
public sealed class SeenTests
{
    [SkippableTheory]
    [InlineData("etcd")]
    [InlineData("PostgreSQL")]
    public async Task Status_and_history_are_the_same_at_every_member(string store)
    {
        await using var trio = await Trio.StartAsync(store);
        await Trio.WaitAsync("three that agree", trio.Members, static status => status.Members is { Store.Standing: "answers", Right.Standing: "session", List.Length: 3 } members
            && members.List.All(static one => one is { Ack: "present", Reach: "all", Machine: not null, Address: not null }) && members.List.Count(static one => one.Conductor) == 1);
        await Until.TrueAsync(async () =>
        {
            var leases = (await Task.WhenAll(trio.Members.Select(static member => member.StatusAsync()))).Select(static one => one.Members!.Lease).ToList();
            return leases.Select(static lease => lease.Holder).Distinct().Count() == 1 && leases.Count(static lease => lease.Standing == "mine") == 1;
        }, Trio.Patience, static () => "not all tell of one conductor");

        var dead = await trio.ActiveAsync();
        // a member that started before it may have told that it did not find it
        var before = (await HistoryAsync(trio.Members[0])).Length;
        dead.Process.Kill();
        await Trio.WaitAsync("the other one active", trio.Members, one => one is { Holding: false } && one.Active != dead.Name);

        // each saw the death, and one line tells it
        ImmutableArray<EventReport>[] told = [];
        await Until.TrueAsync(async () =>
        {
            told = await Task.WhenAll(trio.Members.Select(HistoryAsync));
            return told.All(one => one.Any(static happened => happened.Kind == EventKinds.Failover) && one.SequenceEqual(told[0]));
        }, Trio.Patience, () => string.Join("\n", told.Select(static one => string.Join("\n", one))));
        told[0].Skip(before).Count(happened => happened.Kind == EventKinds.CoordinatorLost && happened.Coordinator == dead.Name).ShouldBe(1);
        told[0].Count(static happened => happened.Kind == EventKinds.Failover).ShouldBe(1);
        told[0].Where(static happened => happened.Kind == EventKinds.ConductorGained).ShouldAllBe(static happened => happened.Member != null && happened.Machine != null);
        foreach (var member in trio.Members)
            member.Process.Output.ShouldNotContain("HistoryNotWritten");
    }

    [SkippableTheory]
    [InlineData("etcd")]
    public async Task Queries_are_listed_shown_and_cancelled_at_every_member(string store)
    {
        await using var trio = await Trio.StartAsync(store);
        using var client = Trio.Client(trio.Members[0]);
        var posted = await client.PostAsync("SELECT name FROM tpch.tiny.nation");
        var id = posted.Json.GetProperty("id").GetString()!;
        var serves = (await trio.Members[0].StatusAsync()).Members!.List.Single(static one => one.Self).Id;
        foreach (var member in trio.Members)
        {
            var (code, output, error) = await SegueCommand.RunAsync("queries", "--admin", member.Admin.ToString());
            code.ShouldBe(0, error);
            output.ShouldContain($", 0 rows delivered, served by member {serves}");
            output.ShouldNotContain("did not answer");
        }
        (await SegueCommand.RunAsync("queries", "cancel", id, "--admin", trio.Members[1].Admin.ToString())).Output.ShouldStartWith($"Query {id} is cancelled");
        (await client.FollowAsync(posted))[^1].Error.GetProperty("errorName").GetString().ShouldBe("SEGUE_CANCELED");
    }

    private static async Task<ImmutableArray<EventReport>> HistoryAsync(SegueFront member)
    {
        var (code, output, error) = await SegueCommand.RunAsync("history", "--json", "--last", "500", "--admin", member.Admin.ToString());
        code.ShouldBe(0, error);
        return [.. output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(static line => JsonSerializer.Deserialize(line, AdminJson.Default.EventReport)!)];
    }
}
