using System.Collections.Immutable;
using Segue.Core.Health;
using Segue.Core.Model;
using Segue.Core.Protocol;
using Segue.Core.Routing;

namespace Segue.Core.Leadership;

/// <summary>What the data path and people see of the conductor's state.</summary>
public static class Pictures
{
    public static RoutingSnapshot Routing(ConductorState state) => new()
    {
        Cluster = state.Config.Name,
        Epoch = state.Assignment?.Epoch ?? 0,
        OpenTo = state.OpenTo,
        Active = state.Assignment?.Active,
        Reason = state.Reason,
        Coordinators = state.Health.ToImmutableDictionary(pair => pair.Key, pair => Route(state, pair.Value)),
    };

    public static ClusterStatus Status(ConductorState state) => new()
    {
        Cluster = state.Config.Name,
        Engine = state.Config.Engine,
        Assignment = state.Assignment,
        Holding = state.OpenTo is null,
        Sentence = state.Reason,
        Coordinators =
        [
            .. state.Config.Coordinators
                .Select(coordinator => state.Health.GetValueOrDefault(coordinator.Name) ?? new HealthState { Name = coordinator.Name })
                .Concat(state.Health.Values.Where(health => !state.IsConfigured(health.Name)).OrderBy(static health => health.Name, StringComparer.Ordinal))
                .Select(health => Status(state, health)),
        ],
        LastFailover = state.LastFailover,
        Alarm = state.Config.AllowForeign ? null : state.Health.Values.Where(static health => health.Other is not null)
            .Select(static health => $"{health.Name} is used by another Segue deployment too ({health.Other!.Id})").Order(StringComparer.Ordinal).FirstOrDefault(),
    };

    private static CoordinatorRoute Route(ConductorState state, HealthState health) => new()
    {
        Name = health.Name,
        Role = Role(state, health),
        Liveness = health.Liveness,
        Generation = health.Generation,
        // several answer in turn: whichever did last, an attempt on another one is not ended by that (R2.4)
        Incarnation = health.Alternates ? null : health.Incarnation,
        Deposed = state.IsDeposed(health),
        Departures = health.Proof.Departures,
        Provable = Fences.Awaited(state, health) ?? health.Proof.Provable,
        ExecutesOnPost = Dialect.Of(state.Config.Engine).ExecutesOnPost(health.Info?.Version),
    };

    private static CoordinatorRole Role(ConductorState state, HealthState health) => health switch
    {
        _ when health.Name == state.Assignment?.Active =>
            health.Condition is Condition.Healthy or Condition.Suspect && health.Generation == state.ActiveGeneration
                ? CoordinatorRole.Active
                : CoordinatorRole.Down,
        _ when !state.IsConfigured(health.Name) => CoordinatorRole.Draining,
        _ when state.IsFenced(health) => CoordinatorRole.Fenced,
        // that nothing of it runs any more the conductor knows
        _ when state.IsDeposed(health) && (state.Leads || health.Condition != Condition.Healthy) => health.Dead ? CoordinatorRole.Down : CoordinatorRole.Fenced,
        _ => Candidates.Objection(state, health) is null ? CoordinatorRole.Standby : CoordinatorRole.Down,
    };

    private static CoordinatorStatus Status(ConductorState state, HealthState health)
    {
        var objection = Candidates.Objection(state, health);
        var few = objection is null && FewWorkers(state, health);
        return new CoordinatorStatus
        {
            Name = health.Name,
            Role = Role(state, health),
            Liveness = health.Liveness,
            Ready = objection is null,
            Evidence = (few ? Evidence.TooFewWorkers : objection?.Evidence ?? health.Evidence).ToString(),
            Sentence = few ? $"{health.Name} is healthy but sees fewer workers than the active coordinator" : objection?.Sentence ?? health.Sentence,
            Incarnation = health.Incarnation,
            Version = health.Info?.Version,
            Environment = health.Info?.Environment,
            WorkersSeen = health.WorkersSeen,
            LastCanary = health.LastCanary,
        };
    }

    private static bool FewWorkers(ConductorState state, HealthState health) =>
        Conductor.WorkersExpected(state)
        && state.Assignment is { } assignment
        && state.Health.GetValueOrDefault(assignment.Active) is { } active
        && health.WorkersSeen < active.WorkersSeen;
}
