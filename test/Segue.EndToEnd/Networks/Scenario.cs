using Segue.EndToEnd.Processes;
using Segue.Server.Tests.Store.Servers;

namespace Segue.EndToEnd.Networks;

/// <summary>Something that breaks under load. It returns while it is still broken, when what had to be done about it was done.</summary>
/// <param name="MayRefuse">A client may get a clear error, because a member that had accepted its statement was cut off from everything or ended (R3).</param>
internal sealed record Scenario(string Name, Func<Fleet, Task> BreakAsync, bool MayRefuse = false)
{
    private static readonly TimeSpan AMoment = TimeSpan.FromSeconds(10);

    /// <summary>How long the store stays away.</summary>
    public static TimeSpan StoreAway { get; set; } = TimeSpan.FromSeconds(12);

    public static IReadOnlyList<Scenario> All { get; } =
    [
        new("conductor cut off", static fleet => ConductorAsync(fleet, static (conductor, other) => Lan.CutBoth(conductor, other)), MayRefuse: true),
        new("conductor hears nothing", static fleet => ConductorAsync(fleet, static (conductor, other) => Lan.Cut(other, conductor)), MayRefuse: true),
        new("conductor is not heard", static fleet => ConductorAsync(fleet, static (conductor, other) => Lan.Cut(conductor, other)), MayRefuse: true),
        new("members apart", static async fleet =>
        {
            foreach (var member in fleet.Members)
            {
                foreach (var other in fleet.Members.Where(other => other != member))
                    Lan.Cut(member.Host, other.Host);
            }
            await FailsOverAsync(fleet);
        }),
        new("one member misses the active coordinator", static async fleet =>
        {
            var (active, conductor) = (await fleet.ActiveAsync(), await fleet.ConductorAsync());
            var member = fleet.Members.First(member => member != conductor);
            Lan.CutBoth(member.Host, active.Host);
            await Until.TrueAsync(async () => !await member.IsReadyAsync(), Fleet.Patience, () => $"a member that is not ready; it said: {member.Output}");
            await StaysAsync(fleet, active.Name);
        }),
        new("the active coordinator is missed by all", static async fleet =>
        {
            var active = await fleet.ActiveAsync();
            foreach (var member in fleet.Members)
                Lan.CutBoth(member.Host, active.Host);
            await MovesAsync(fleet, active.Name);
        }),
        new("slow and lossy", static async fleet =>
        {
            foreach (var host in fleet.Hosts)
                Lan.Disturb(host, percentLost: 2);
            await FailsOverAsync(fleet);
        }),
        new("conductor stands still", static async fleet =>
        {
            var conductor = await fleet.ConductorAsync();
            var active = await fleet.ActiveAsync();
            fleet.Freeze(conductor);
            await fleet.KillAsync(active);
            await MovesAsync(fleet, active.Name);
            fleet.Thaw(conductor);
            await MovesAsync(fleet, active.Name);
        }),
        new("conductor and active coordinator die", static async fleet =>
        {
            var active = await fleet.ActiveAsync();
            fleet.Kill(await fleet.ConductorAsync());
            await fleet.KillAsync(active);
            await MovesAsync(fleet, active.Name);
        }, MayRefuse: true),
        new("store's leader and active coordinator die", static async fleet =>
        {
            var active = await fleet.ActiveAsync();
            await fleet.Store.KillLeaderAsync();
            await fleet.KillAsync(active);
            // of PostgreSQL there is no other
            await fleet.Store.ComeBackAsync();
            await MovesAsync(fleet, active.Name);
        }),
        new("store's leader cut off", static async fleet =>
        {
            var (leader, others) = await fleet.Store.LeaderAsync();
            foreach (var other in others)
                Lan.CutBoth(leader!, other);
            await FailsOverAsync(fleet);
        }),
        new("store away", static async fleet =>
        {
            var active = await fleet.ActiveAsync();
            var (time, began) = (TimeProvider.System, TimeProvider.System.GetTimestamp());
            await fleet.Store.GoAsync();
            await Fleet.WaitAsync("all stay", fleet.Members, static status => status is { Holding: false, Members.Right.Standing: "failsafe" });
            await fleet.KillAsync(active);
            await Fleet.WaitAsync("a hold", fleet.Members, static status => status.Holding);
            await Until.TrueAsync(() => time.GetElapsedTime(began) >= StoreAway, StoreAway + AMoment, () => "the end of the store's absence");
            await fleet.Store.ComeBackAsync();
            await MovesAsync(fleet, active.Name);
        }),
        new("all at once", static async fleet =>
        {
            var (active, conductor) = (await fleet.ActiveAsync(), await fleet.ConductorAsync());
            var others = fleet.Members.Where(member => member != conductor).ToList();
            foreach (var host in fleet.Hosts)
                Lan.Disturb(host, percentLost: 1);
            Lan.Cut(others[0].Host, others[1].Host);
            fleet.Freeze(conductor);
            await fleet.Store.KillLeaderAsync();
            await fleet.KillAsync(active);
            await fleet.Store.ComeBackAsync();
            await MovesAsync(fleet, active.Name);
            fleet.Thaw(conductor);
            await MovesAsync(fleet, active.Name);
        }, MayRefuse: true),
    ];

    /// <summary>Whether a store of this kind can be broken so.</summary>
    public bool IsFor(FleetKind kind) => kind.Store == "etcd" || Name != "store's leader cut off";

    /// <summary>The conductor is cut from all other hosts, and the active coordinator dies: the others go on by themselves, and the one that was cut stops in time.</summary>
    private static async Task ConductorAsync(Fleet fleet, Action<Host, Host> cut)
    {
        var (conductor, active) = (await fleet.ConductorAsync(), await fleet.ActiveAsync());
        foreach (var other in fleet.Hosts.Where(host => host != conductor.Host))
            cut(conductor.Host, other);
        await fleet.KillAsync(active);
        var others = fleet.Members.Where(member => member != conductor).ToList();
        await Fleet.WaitAsync("the others at the other coordinator", others, status => status is { Holding: false } && status.Active != active.Name);
        await Until.TrueAsync(async () => !await conductor.IsReadyAsync(), Fleet.Patience, () => $"the cut off conductor not ready; it said: {conductor.Output}");
    }

    private static async Task FailsOverAsync(Fleet fleet)
    {
        var active = await fleet.ActiveAsync();
        await fleet.KillAsync(active);
        await MovesAsync(fleet, active.Name);
    }

    private static Task MovesAsync(Fleet fleet, string from) =>
        Fleet.WaitAsync($"another one than {from}", fleet.Living, status => status is { Holding: false } && status.Active is { } active && active != from);

    /// <summary>Nobody moves for as long as it would take.</summary>
    private static async Task StaysAsync(Fleet fleet, string active)
    {
        var (time, began) = (TimeProvider.System, TimeProvider.System.GetTimestamp());
        await Until.TrueAsync(async () =>
        {
            foreach (var member in fleet.Living)
                (await member.StatusAsync()).Active.ShouldBe(active);
            return time.GetElapsedTime(began) > AMoment;
        }, AMoment * 2, () => "a moment without a change");
    }
}
