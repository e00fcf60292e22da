using Segue.EndToEnd.Clients;
using Segue.EndToEnd.Load;
using Segue.EndToEnd.Members;

namespace Segue.EndToEnd.Networks;

/// <summary>What the clients saw of one scenario.</summary>
/// <param name="Statements">That were under way in it.</param>
/// <param name="Usual">The median time of a statement before it.</param>
/// <param name="Longest">The longest time that a read took.</param>
/// <param name="Problems">Errors and wrong rows of reads.</param>
/// <param name="Writes">How all writes so far ended.</param>
/// <param name="Broken">What contradicts I1 in the members' logs, or what a write's client was told in its table.</param>
internal sealed record ScenarioSeen(
    string Name, bool MayRefuse, int Statements, TimeSpan Usual, TimeSpan Longest, IReadOnlyList<Seen> Problems, IReadOnlyDictionary<string, int> Writes, RoutingProof Proof, IReadOnlyList<string> Broken)
{
    /// <summary>Clear errors where the scenario's rule allows them, never another, nor a wrong row.</summary>
    public bool IsRight => Broken.Count == 0 && Problems.All(problem => MayRefuse && problem.Problem!.Contains("\"errorName\":\"SEGUE_", StringComparison.Ordinal));
}

/// <summary>Clients of a fleet to which one scenario after the other happens.</summary>
internal sealed class ScenarioStory : IAsyncDisposable
{
    private const int Readers = 5;

    private static readonly TimeSpan Pace = TimeSpan.FromMilliseconds(400);

    private readonly Fleet _fleet;
    private readonly AnyMember _front;
    private readonly BalancedWriter _writer;
    private readonly ReadLoad _load = new();

    private ScenarioStory(Fleet fleet)
    {
        (_fleet, _front) = (fleet, new AnyMember(fleet.Members, fleet.Kind.Engine));
        _writer = new BalancedWriter(_front, Pace);
    }

    /// <summary>What each member has written so far.</summary>
    public IReadOnlyCollection<string> Logs => [.. _fleet.Members.Select(static member => member.Output)];

    public static async Task<ScenarioStory> StartAsync(FleetKind kind)
    {
        var fleet = await Fleet.StartAsync(kind);
        var story = new ScenarioStory(fleet);
        try
        {
            using var direct = new StatementClient(fleet.Coordinators[0].Uri, Core.Protocol.Dialect.Of(kind.Engine));
            var reads = await ShortRead.AskAsync(direct);
            for (var reader = 0; reader < Readers; reader++)
                story._load.Add($"reader {reader + 1}", new BalancedReader(story._front, reads, Pace, reader));
            // the catalog that both engines can write to is another one at each real coordinator
            if (!kind.IsReal)
            {
                await story._writer.PrepareAsync();
                story._load.Add("writer", story._writer);
            }
            return story;
        }
        catch
        {
            await story.DisposeAsync();
            throw;
        }
    }

    /// <summary>Lets it happen, heals it, and waits until all clients have gone on.</summary>
    public async Task<ScenarioSeen> RunAsync(Scenario scenario)
    {
        var quiet = _load.Now;
        await _load.FurtherAsync(quiet, 2, Fleet.Patience);
        var began = _load.Now;
        await scenario.BreakAsync(_fleet);
        await _fleet.HealAsync();
        await _load.FurtherAsync(_load.Now, 1, Fleet.Patience);
        var ended = _load.Now;
        var reads = _load.All.Where(static one => one.Client != "writer").ToList();
        var met = reads.Where(one => one.Overlaps(began, ended)).ToList();
        var proof = RoutingProof.Of(Logs);
        return new ScenarioSeen(
            scenario.Name, scenario.MayRefuse, met.Count, ReaderStory.Median(reads.Where(one => one.Overlaps(quiet, began)).Select(static one => one.Took)),
            met.Max(static one => one.Took), [.. met.Where(static one => one.Problem is not null)], _writer.Told, proof,
            _fleet.Kind.IsReal ? proof.Broken : [.. proof.Broken, .. await _writer.JudgeAsync()]);
    }

    public async ValueTask DisposeAsync()
    {
        await _load.DisposeAsync();
        _front.Dispose();
        await _fleet.DisposeAsync();
    }
}
