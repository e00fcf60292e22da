using System.Collections.Immutable;
using Segue.Core.Recovery.Writes;
using Segue.Simulation.Clients;
using Segue.Simulation.World;

namespace Segue.Simulation.Engines;

/// <summary>Tables whose pointer is changed by compare-and-set, and the ledger of effects. A commit may arrive after its sender's death.</summary>
internal sealed class Catalog(SimWorld world)
{
    private readonly List<TableSnapshot> _history =
        [new(DateTimeOffset.UnixEpoch, "20250101_000000_00000_begin", ParentIsKnown: true, ImmutableDictionary<string, string>.Empty)];

    public int Pointer { get; private set; }

    /// <returns>False where the table has changed since the pointer was read.</returns>
    public bool Commit(Statement statement, string queryId, int read, DateTimeOffset at)
    {
        if (statement.Kind == SimKind.Write)
        {
            if (read != Pointer)
                return false;
            Pointer++;
            _history.Add(new TableSnapshot(at, queryId, ParentIsKnown: true, ImmutableDictionary<string, string>.Empty.Add("added-records", "1")));
        }
        statement.Effects.Add(queryId);
        world.Say("catalog", $"{statement} takes effect by {queryId}");
        SimWorld.Require(statement.Effects.Count == 1, "I5", $"{statement} took effect twice: {string.Join(", ", statement.Effects)}");
        SimWorld.Require(statement.Told != Told.Unchanged, "I7", $"{statement} takes effect by {queryId} after its client was told that it changed nothing");
        return true;
    }

    public WriteOutcome Judge(WriteTarget target, ImmutableArray<string> attempts) => TableHistory.Judge(target, [.. _history], attempts);
}
