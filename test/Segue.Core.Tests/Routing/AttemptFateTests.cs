using Segue.Core.Configuration;
using Segue.Core.Health;
using Segue.Core.Leadership;
using Segue.Core.Model;
using Segue.Core.Routing;

namespace Segue.Core.Tests.Routing;

/// <summary>What becomes of an attempt, from what is known of its coordinator.</summary>
public sealed class AttemptFateTests
{
    [Theory]
    [InlineData(false, AttemptFate.Lost)]
    [InlineData(true, AttemptFate.Running)]
    public void Another_process_at_the_address_ends_an_attempt_unless_several_answer_there(bool alternates, AttemptFate fate)
    {
        var there = HealthState.First("c1:80", false, default) with
        {
            Condition = Condition.Healthy,
            Evidence = Evidence.Healthy,
            Incarnation = new Incarnation("bbbbb"),
            AlternatedAt = alternates ? default(Instant) : null,
        };
        var state = new ConductorState
        {
            Config = new ClusterConfig { Name = "main", Engine = EngineKind.Trino, Coordinators = [new CoordinatorConfig { Url = new Endpoint("http", "c1", 80) }] },
        };
        var snapshot = Pictures.Routing(state with { Health = state.Health.Add(there.Name, there) });
        new AttemptPlace("c1:80", there.Generation, new Incarnation("aaaaa")).FateIn(snapshot).ShouldBe(fate);
    }
}
