using Segue.Core.Recovery.Resuming;
using Segue.Simulation.Clients;
using Segue.Simulation.Members;
using Segue.Simulation.World;

namespace Segue.Simulation.Checkers;

/// <summary>What clients were told against what became of their statements (I5, I6, I7), and that what has ended has ended (R3.3).</summary>
internal sealed class EffectsChecker(Cluster cluster)
{
    public Dictionary<Told, int> Counts { get; } = [];

    /// <summary>A POST or a first poll of it is sent.</summary>
    /// <param name="run">The run that is polled; to poll one that has begun begins nothing.</param>
    public static void Sent(SimMember member, Statement statement, string? run)
    {
        if (statement.Runs.Exists(one => one.QueryId == run))
            return;
        SimWorld.Require(!statement.IsWrite || statement.EndedAt is null || statement.WasGone, "R3.3", $"{member.Name} starts {statement} again after its client was told: {statement.Told}");
        SimWorld.Require(!statement.EndedBy.Contains((member, member.Life)), "R3.3", $"{member.Name} starts {statement} again, which it has ended itself");
    }

    public void Ended(Statement statement, Told told, string said, List<int> rows)
    {
        (statement.Told, statement.Said, statement.EndedAt) = (told, said, cluster.World.Now);
        Counts[told] = Counts.GetValueOrDefault(told) + 1;
        if (told is Told.Unknown or Told.Unchanged)
            SimWorld.Require(statement.AskedTwice || HadTrouble(statement.SentAt), "I7", $"the client of {statement} was told {told} though nothing was wrong with anybody: {said}");
        SimWorld.Require(told != Told.Unknown || statement.IsWrite, "I7", $"the client of {statement}, which changes nothing, was told that its outcome is not known: {said}");
        if (statement.IsWrite)
        {
            // its owner knows that nothing of it can have begun (R3.2), and with the store's help everybody knows who that is
            SimWorld.Require(told != Told.Unknown || statement.FirstPolls > 0 || statement.Unclaimed || !OwnerLives(statement), "R6", $"the client of {statement} was told that its outcome is not known, and no run of it was ever begun: {said}");
            SimWorld.Require(told != Told.Success || statement.Effects.Count == 1, "I7", $"the client of {statement} was told of a success, and there is no effect");
            SimWorld.Require(told != Told.Unchanged || statement.Effects.Count == 0, "I7", $"the client of {statement} was told that nothing was changed, and there is an effect: {said}");
        }
        else if (told == Told.Success)
            SimWorld.Require(IsOfOneRun(statement, rows), "I6", $"the client of {statement} has rows of no run: {string.Join(' ', rows)} of {string.Join(" | ", statement.Runs.Select(static run => string.Join(' ', run.Rows)))}");
    }

    /// <summary>A 410 is the answer to who asks twice at once or for an old page; trouble of others is none of its causes.</summary>
    public static void Gone(Statement statement, string said)
    {
        statement.WasGone = true;
        SimWorld.Require(statement.AskedTwice, "I7", $"the client of {statement}, which asked for each page in its turn, was told that it is not there: {said}");
    }

    /// <summary>Rows that are the same at each run are found again.</summary>
    public void ResumeFailed(Statement statement, ResumeFailure failure)
    {
        cluster.World.Say("resume", $"{statement}: {failure}");
        SimWorld.Require(failure != ResumeFailure.RowsMissing || !statement.HasSteadyRows, "R7", $"rows of {statement} that every run gives were not found again");
    }

    /// <summary>An old token of a statement that has ended; the engine's own word and 410 say nothing of its outcome.</summary>
    public static void ToldAgain(Statement statement, Told again)
    {
        SimWorld.Require(!statement.IsWrite || again != Told.Success || statement.Effects.Count == 1, "I7", $"an old token of {statement} is answered with a success, and there is no effect");
        SimWorld.Require(!statement.IsWrite || again != Told.Unchanged || statement.Effects.Count == 0, "I7", $"an old token of {statement} is answered as if nothing was changed, and there is an effect");
    }

    private bool HadTrouble(long since) => cluster.Network.Nodes.Any(node => node.TroubleAt >= since - cluster.Patience.Ticks);

    private bool OwnerLives(Statement statement) =>
        statement.Owner is { } owner && owner.Member.Life == owner.Life && owner.Member.Session == owner.Session && (cluster.Members.Count == 1 || cluster.Store.Lives(owner.Session));

    private static bool IsOfOneRun(Statement statement, List<int> rows)
    {
        var sorted = rows.Order().ToList();
        if (!statement.Runs.Exists(run => run.Rows.Length == rows.Count && sorted.SequenceEqual(run.Rows.Order())))
            return false;
        return statement.Kind != SimKind.Ordered || rows.Zip(rows.Skip(1)).All(static pair => pair.First / 4 <= pair.Second / 4);
    }
}
