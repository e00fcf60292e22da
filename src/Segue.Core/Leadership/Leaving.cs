using System.Collections.Immutable;
using Segue.Core.Configuration;
using Segue.Core.Health;
using Segue.Core.Model;

namespace Segue.Core.Leadership;

/// <summary>Coordinators that were taken out of the configuration: what runs there goes on until they stop.</summary>
internal static class Leaving
{
    public static void Reconfigure(Turn turn, ClusterConfig config)
    {
        var before = turn.State.Config.Coordinators.Select(static coordinator => coordinator.Name).ToImmutableArray();
        var after = config.Coordinators.Select(static coordinator => coordinator.Name).ToImmutableArray();
        turn.State = Forgotten(turn.State with { Config = config });
        foreach (var name in after.Except(before))
            turn.Say(EventKinds.Added, name, $"{name} was added to the configuration");
        foreach (var name in before.Except(after))
        {
            var goesOn = turn.State.Health.ContainsKey(name) ? "; what runs there goes on until it stops" : "";
            turn.Say(EventKinds.Removed, name, $"{name} was taken out of the configuration{goesOn}");
        }
    }

    /// <summary>Without those that have stopped.</summary>
    public static ConductorState Forgotten(ConductorState state)
    {
        var gone = state.Health.Values
            .Where(health => !state.IsConfigured(health.Name)
                && health.Name != state.Assignment?.Active
                && health.Condition is Condition.Unknown or Condition.Lost)
            .Select(static health => health.Name)
            .ToImmutableArray();
        return gone.IsEmpty ? state : state with { Health = state.Health.RemoveRange(gone), Deposed = state.Deposed.RemoveRange(gone) };
    }

    /// <summary>The active one was taken out: a planned move, made when another one can take over.</summary>
    public static void Consider(Turn turn, Assignment assignment)
    {
        var active = turn.State.Health.GetValueOrDefault(assignment.Active);
        var lives = active is { Condition: not Condition.Lost } && active.Generation == turn.State.ActiveGeneration;
        var why = $"{assignment.Active} was taken out of the configuration";
        var tooSoon = (lives || turn.State.ActiveGeneration is null) && !Candidates.WereAsked(turn.State);
        if (!tooSoon && Candidates.Best(turn.State, assignment.Active) is { } best)
            Changes.Propose(turn, active, best, why, planned: lives);
        else if (tooSoon)
            turn.Quietly(why);
        else if (lives && active!.Condition == Condition.Healthy)
            turn.Because($"{why} and goes on until another one is ready: {Candidates.Objections(turn.State, assignment.Active)}", Topic.Leaving);
        else
            Conductor.Hold(turn, $"{active?.Sentence ?? why}; new statements are held: {Candidates.Objections(turn.State, assignment.Active)}");
    }
}
