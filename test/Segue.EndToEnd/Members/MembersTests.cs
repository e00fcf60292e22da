using System.Runtime.Versioning;
using Segue.EndToEnd.Clients;
using Segue.EndToEnd.Processes;

namespace Segue.EndToEnd.Members;

/// <summary>Three members as processes, with a real store: one truth, also while members, coordinators and the store die (I1-I3, R1, R2.1).</summary>
[UnsupportedOSPlatform("windows")]
public sealed class MembersTests
{
    [SkippableTheory]
    [InlineData("etcd")]
    [InlineData("PostgreSQL")]
    public async Task A_coordinator_s_death_moves_every_member_to_the_same_other_one(string store)
    {
        await using var trio = await Trio.StartAsync(store);
        var (dead, epoch) = (await trio.ActiveAsync(), (await trio.Members[0].StatusAsync()).Epoch);
        dead.Process.Kill();
        await Trio.WaitAsync("the other one active", trio.Members, status => status is { Holding: false } && status.Active != dead.Name && status.Epoch > epoch);
        await Trio.ReadAsync(trio.Members);
    }

    [SkippableTheory]
    [InlineData("etcd")]
    [InlineData("PostgreSQL")]
    public async Task The_conductor_may_die_together_with_the_active_coordinator_and_no_read_that_was_polled_before_fails(string store)
    {
        await using var trio = await Trio.StartAsync(store);
        using var front = new AnyMember(trio.Members);
        var (dead, conductor) = (await trio.ActiveAsync(), trio.Conductor);
        var others = trio.Members.Where(member => member != conductor).ToList();
        var begun = new List<(Reply Last, int Rows)>();
        foreach (var member in trio.Members)
        {
            foreach (var withRows in (bool[])[false, true])
                begun.Add(await BeginAsync(front, member, withRows));
            await member.WaitForJournalAsync(Trio.Patience, statements: 2);
        }
        conductor.Process.Kill();
        dead.Process.Kill();

        var rests = await Task.WhenAll(begun.Select((one, first) => front.FollowAsync(one.Last, at => trio.Members[(first + at) % 3])));
        foreach (var (rest, (_, rows)) in rests.Zip(begun))
        {
            rest[^1].State.ShouldBe("FINISHED", rest[^1].Json.ToString());
            (rows + rest.Skip(1).SelectMany(static reply => reply.Rows).Count()).ShouldBe(15_000);
        }
        await Trio.WaitAsync("the other one active", others, status => status is { Holding: false } && status.Active != dead.Name);
        await Trio.ReadAsync(others);
    }

    /// <summary>A read that its client has polled, and how many rows of it the client has.</summary>
    private static async Task<(Reply Last, int Rows)> BeginAsync(AnyMember front, SegueFront at, bool withRows)
    {
        var last = await front.SendAsync(at, HttpMethod.Post, "/v1/statement", "SELECT orderkey FROM tpch.tiny.orders");
        do
            last = await front.SendAsync(at, HttpMethod.Get, last.NextUri!);
        while (withRows && !last.Rows.Any());
        last.NextUri.ShouldNotBeNull();
        return (last, last.Rows.Count());
    }

    [SkippableTheory]
    [InlineData("etcd")]
    [InlineData("PostgreSQL")]
    public async Task A_frozen_conductor_is_replaced_and_follows_when_it_thaws(string store)
    {
        await using var trio = await Trio.StartAsync(store);
        var (dead, frozen) = (await trio.ActiveAsync(), trio.Conductor);
        var others = trio.Members.Where(member => member != frozen).ToList();
        frozen.Process.Freeze();
        dead.Process.Kill();
        await Trio.WaitAsync("the other one active", others, status => status is { Holding: false } && status.Active != dead.Name);
        frozen.Process.Thaw();
        await Trio.WaitAsync("the same at the one that stood still", [frozen], status => status is { Holding: false } && status.Active != dead.Name);
        await Trio.ReadAsync(trio.Members);
    }

    [SkippableTheory]
    [InlineData("etcd")]
    [InlineData("PostgreSQL")]
    public async Task While_the_store_is_away_all_stay_and_nobody_fails_over(string store)
    {
        await using var trio = await Trio.StartAsync(store);
        var active = await trio.ActiveAsync();
        await Trio.WaitAsync("all of them in the list", trio.Members, static status => status.Members?.List.Count(static member => member.MayStay) == 3);
        await trio.StoreGoesAsync();
        foreach (var member in trio.Members)
            await member.Process.WaitForOutputAsync("all members stay with what is in force", Trio.Patience);
        await Trio.ReadAsync(trio.Members);

        active.Process.Kill();
        await Trio.WaitAsync("a hold", trio.Members, static status => status.Holding);
        await trio.StoreComesBackAsync();
        await Trio.WaitAsync("the other one active", trio.Members, status => status is { Holding: false } && status.Active != active.Name);
        await Trio.ReadAsync(trio.Members);
    }

    [SkippableFact]
    public async Task A_member_that_stops_and_starts_again_goes_on_with_the_others()
    {
        await using var trio = await Trio.StartAsync("etcd");
        var active = await trio.ActiveAsync();
        foreach (var member in trio.Members)
        {
            await member.RestartAsync();
            await Trio.WaitAsync("the same active", trio.Members, status => status is { Holding: false } && status.Active == active.Name);
            await Trio.ReadAsync(trio.Members);
        }
    }
}
