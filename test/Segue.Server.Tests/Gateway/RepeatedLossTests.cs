using Segue.Core.Model;
using Segue.Core.Routing;

namespace Segue.Server.Tests.Gateway;

/// <summary>R6.4: a read that loses its coordinator again and again.</summary>
public sealed class RepeatedLossTests : IAsyncLifetime
{
    private ScriptedEngine _one = null!;
    private ScriptedEngine _other = null!;
    private GatewayHost _host = null!;

    public async Task InitializeAsync()
    {
        _one = await ScriptedEngine.StartAsync("aaaaa");
        _other = await ScriptedEngine.StartAsync("bbbbb");
        _host = await GatewayHost.StartAsync(EngineKind.Trino, [_one, _other]);
        foreach (var engine in (ScriptedEngine[])[_one, _other])
        {
            engine.TakeStatement();
            engine.On($"GET {engine.Queued(1)}", engine.Page("RUNNING", engine.Executing(1)));
        }
    }

    public async Task DisposeAsync()
    {
        await _host.DisposeAsync();
        await _one.DisposeAsync();
        await _other.DisposeAsync();
    }

    [Fact]
    public async Task Coordinators_that_died_while_they_ran_it_are_blamed_on_it()
    {
        var page = await LostTwiceAsync(static route => route with { Liveness = Liveness.Dead, Deposed = true });
        page.ErrorName.ShouldBe("SEGUE_POISON_QUERY");
    }

    [Fact]
    public async Task Coordinators_that_only_fell_silent_are_not()
    {
        var page = await LostTwiceAsync(static route => route with { Liveness = Liveness.Silent, Deposed = true });
        page.ErrorName.ShouldBeNull(page.Text);
        page.State.ShouldBe("RUNNING");
    }

    /// <summary>It runs on the one, then on the other; the one is another process when its turn comes again.</summary>
    private async Task<Answered> LostTwiceAsync(Func<CoordinatorRoute, CoordinatorRoute> lose)
    {
        var page = await _host.GetAsync((await _host.PostAsync("SELECT 1")).NextUri!);
        _host.Cluster.Change(_one, lose);
        _host.Cluster.Open(_other);
        page = await _host.GetAsync(page.NextUri!);
        page.State.ShouldBe("RUNNING", page.Text);
        _host.Cluster.Change(_other, lose);
        _host.Cluster.Change(_one, static route => route with { Liveness = Liveness.Answering, Deposed = false, Generation = route.Generation + 1 });
        _host.Cluster.Open(_one);
        return await _host.GetAsync(page.NextUri!);
    }
}
