using Segue.Core.Configuration;
using Segue.Core.Health;
using Segue.Core.Model;
using Segue.Server.Tests.Discovery;
using Segue.Server.Tests.Gateway;

namespace Segue.Server.Tests.Members;

/// <summary>Three members with one store in front of two coordinators, of which the first is active.</summary>
public abstract class ThreeMembers : IAsyncLifetime
{
    private protected const string Select = "SELECT x FROM t";
    private protected const string Insert = "INSERT INTO t VALUES (1), (2)";

    private protected SeveralMembers Members { get; } = new();

    private protected KeptInMemory Store { get; } = new();

    private protected List<GatewayHost> Hosts { get; } = [];

    private protected ScriptedEngine One { get; private set; } = null!;

    private protected ScriptedEngine Other { get; private set; } = null!;

    private protected GatewayHost A => Hosts[0];

    private protected GatewayHost B => Hosts[1];

    private protected GatewayHost C => Hosts[2];

    public async Task InitializeAsync()
    {
        One = await ScriptedEngine.StartAsync("aaaaa");
        Other = await ScriptedEngine.StartAsync("bbbbb");
        foreach (var engine in (ScriptedEngine[])[One, Other])
        {
            engine.TakeStatement();
            engine.On($"GET {engine.Queued(1)}", engine.Page("QUEUED", engine.Queued(2)));
            engine.On($"GET {engine.Queued(2)}", engine.Page("RUNNING", engine.Executing(1)));
            engine.On($"GET {engine.Executing(1)}", engine.Page("RUNNING", engine.Executing(2)));
            engine.On($"GET {engine.Executing(2)}", engine.Page("FINISHED", null, "[[1],[2]]"));
        }
        for (var member = 0; member < 3; member++)
            Hosts.Add(await GatewayHost.StartAsync(EngineKind.Trino, [One, Other], config => config with
            {
                Recovery = config.Recovery with { HoldbackBytes = 0, WritesSettle = TimeSpan.FromMilliseconds(300) },
            }, store: Store, members: Members));
    }

    public async Task DisposeAsync()
    {
        foreach (var host in Hosts)
            await host.DisposeAsync();
        await Members.DisposeAsync();
        await One.DisposeAsync();
        await Other.DisposeAsync();
    }

    private protected static async Task<List<Answered>> FollowAsync(GatewayHost host, Answered from)
    {
        var pages = new List<Answered> { from };
        while (pages[^1].NextUri is { } next)
            pages.Add(await host.GetAsync(Path(next)));
        return pages;
    }

    /// <summary>One member more.</summary>
    private protected async Task<GatewayHost> AddAsync(Func<HoldConfig, HoldConfig> hold)
    {
        Hosts.Add(await GatewayHost.StartAsync(EngineKind.Trino, [One, Other], config => config with { Hold = hold(config.Hold) }, store: Store, members: Members));
        return Hosts[^1];
    }

    /// <summary>This member knows that the first coordinator is gone, and brings statements to the other one.</summary>
    private protected void Dies(GatewayHost host)
    {
        host.Cluster.Lose(One);
        host.Cluster.Change(One, route => route with { Departures = [new Departure(new Incarnation(One.Incarnation), host.Services.Now)] });
        host.Cluster.Open(Other);
    }

    private protected static string Path(string uri) => new Uri(uri).PathAndQuery;
}
