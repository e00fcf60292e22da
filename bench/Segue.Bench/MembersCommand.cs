using System.CommandLine;
using Segue.Core.Model;
using Segue.Core.Protocol;
using Segue.EndToEnd.Clients;
using Segue.EndToEnd.Load;
using Segue.EndToEnd.Networks;

namespace Segue.Bench;

/// <summary><c>members</c>: what three members cost a client beside one: at a coordinator's death, and while their store is away.</summary>
internal static class MembersCommand
{
    private const int Parts = 6;

    private static readonly Option<int> Kills = new("--kills") { Description = "How many coordinators are killed in front of one and of three.", DefaultValueFactory = static _ => 20 };
    private static readonly Option<double> Away = new("--away") { Description = "Seconds without the store, and as many with it, each in six parts by turns.", DefaultValueFactory = static _ => 60 };

    public static Command Create()
    {
        var command = new Command("members", "Compare three members with one, on rehearsed coordinators.") { Kills, Away };
        command.SetAction(static parsed => RunAsync(parsed.GetValue(Kills), TimeSpan.FromSeconds(parsed.GetValue(Away))));
        return command;
    }

    private static async Task<int> RunAsync(int kills, TimeSpan away)
    {
        var (one, three) = (new FleetKind(EngineKind.Presto, IsReal: false, "embedded"), new FleetKind(EngineKind.Presto, IsReal: false, "etcd"));
        if (three.Missing is { } missing)
        {
            Console.WriteLine(missing);
            return 1;
        }
        await using var alone = await Fleet.StartAsync(one);
        await using var several = await Fleet.StartAsync(three);
        Console.WriteLine($"{"members",-8} {"kill",5} {"usual ms",9} {"pause ms",9} {"detect ms",10} {"decide ms",10}");
        var pauses = new List<(Fleet Fleet, TimeSpan Pause)>();
        for (var kill = 1; kill <= kills; kill++)
        {
            foreach (var fleet in (Fleet[])[alone, several])
            {
                var (usual, pause) = await KillAsync(fleet);
                pauses.Add((fleet, pause));
                // the conductor alone tells it, and only until its own end
                var failover = (await Task.WhenAll(fleet.Members.Select(static member => member.StatusAsync()))).Select(static status => status.LastFailover).MaxBy(static one => one?.Epoch ?? 0);
                Console.WriteLine($"{fleet.Members.Count,-8} {kill,5} {usual.TotalMilliseconds,9:0.0} {pause.TotalMilliseconds,9:0} {failover?.DetectSeconds * 1000,10:0.0} {failover?.DecideSeconds * 1000,10:0.0}");
                await fleet.HealAsync();
            }
        }
        foreach (var fleet in kills > 0 ? (Fleet[])[alone, several] : [])
        {
            var its = pauses.Where(one => one.Fleet == fleet).Select(static one => one.Pause).ToList();
            Console.WriteLine($"{fleet.Members.Count} member(s): pause {ReaderStory.Median(its).TotalMilliseconds:0} ms (median), {its.Max().TotalMilliseconds:0} ms (worst)");
        }

        Console.WriteLine("with three, and their store:");
        var (with, without) = (new List<Seen>(), new List<Seen>());
        // by turns: what else the machine does meets both
        for (var part = 0; part < Parts; part++)
        {
            with.AddRange(await MeasureAsync(several, _ => Task.Delay(away / Parts, TimeProvider.System)));
            await several.Store.GoAsync();
            await Fleet.WaitAsync("all stay", several.Members, static status => status.Members is { Right.Standing: "failsafe" });
            without.AddRange(await MeasureAsync(several, _ => Task.Delay(away / Parts, TimeProvider.System)));
            await several.Store.ComeBackAsync();
            await Fleet.WaitAsync("all have sessions", several.Members, static status => status.Members is { Right.Standing: "session" });
        }
        var failed = Print("answers", with) + Print("is away", without);
        return failed == 0 ? 0 : 1;
    }

    private static async Task<(TimeSpan Usual, TimeSpan Pause)> KillAsync(Fleet fleet)
    {
        var active = await fleet.ActiveAsync();
        var died = TimeSpan.Zero;
        var seen = await MeasureAsync(fleet, async load =>
        {
            await load.FurtherAsync(TimeSpan.Zero, 20, Fleet.Patience);
            died = load.Now;
            await fleet.KillAsync(active);
            await Fleet.WaitAsync("another one active", fleet.Members, status => status is { Holding: false } && status.Active != active.Name);
            await load.FurtherAsync(load.Now, 5, Fleet.Patience);
        });
        if (seen.FirstOrDefault(static one => one.Problem is not null) is { Problem: { } problem })
            throw new InvalidOperationException(problem);
        return (ReaderStory.Median(seen.Where(one => one.Ended < died).Select(static one => one.Took)), seen.Where(one => one.Ended >= died).Max(static one => one.Took));
    }

    /// <summary>Three clients, at all members, one statement after the other.</summary>
    private static async Task<IReadOnlyCollection<Seen>> MeasureAsync(Fleet fleet, Func<ReadLoad, Task> meanwhile)
    {
        await using var load = new ReadLoad();
        for (var client = 0; client < 3; client++)
        {
            var member = fleet.Members[client % fleet.Members.Count];
            load.Add($"client {client}", new RawReader(() => new StatementClient(member.Listen, Dialect.Of(fleet.Kind.Engine)), [new ShortRead("SELECT 1", ["[1]"])], TimeSpan.FromMilliseconds(20)));
        }
        await meanwhile(load);
        return load.All;
    }

    /// <returns>How many failed.</returns>
    private static int Print(string store, List<Seen> seen)
    {
        var took = seen.Select(static one => one.Took.TotalMilliseconds).Order().ToList();
        var failed = seen.Count(static one => one.Problem is not null);
        Console.WriteLine($"{store,-8} {took.Count} statements, {failed} failed; {took[took.Count / 2]:0.0} ms (median), {took[took.Count * 99 / 100]:0.0} ms (99 of 100), {took[^1]:0.0} ms (longest)");
        return failed;
    }
}
