using Segue.Core.Configuration;
using Segue.Core.Health;
using Segue.Core.Model;

namespace Segue.Core.Tests.Health;

public sealed class CoordinatorHealthTests
{
    private static readonly HealthConfig Config = new();
    private HealthState _state = HealthState.First("c1:8080", false, At(0));

    [Fact]
    public void Refused_is_decisive_only_with_the_tripwire_closed()
    {
        Healthy(0, 10);
        See(0.1, new Observation.TripwireOpened());
        See(0.5, new Observation.ProbeFailed(Evidence.Refused, ""));
        _state.Condition.ShouldBe(Condition.Healthy);
        See(0.6, new Observation.TripwireClosed());
        See(0.6, new Observation.ProbeFailed(Evidence.Refused, ""));
        _state.Condition.ShouldBe(Condition.Lost);
        _state.Dead.ShouldBeTrue();
    }

    [Fact]
    public void Silence_is_suspect_after_a_second_and_lost_after_ten()
    {
        Healthy(0, 10);
        See(0.5, new Observation.ProbeSent());
        for (var tenth = 6; tenth <= 103; tenth++)
        {
            See(tenth / 10.0, new Observation.Tick());
            _state.Condition.ShouldBe(tenth < 15 ? Condition.Healthy : Condition.Suspect);
        }
        for (var tenth = 104; tenth <= 106; tenth++)
            See(tenth / 10.0, new Observation.Tick());
        _state.Condition.ShouldBe(Condition.Lost);
        _state.Dead.ShouldBeFalse();
    }

    [Fact]
    public void A_stall_of_our_own_proves_nothing()
    {
        Healthy(0, 10);
        See(0.5, new Observation.ProbeSent());
        See(60, new Observation.Tick());
        _state.Condition.ShouldBe(Condition.Healthy);
    }

    [Fact]
    public void A_smaller_uptime_is_another_process()
    {
        Healthy(0, 10);
        Healthy(1, 0.5);
        _state.Generation.ShouldBe(1);
        _state.Evidence.ShouldBe(Evidence.Restarted);
    }
    private void Healthy(double at, double uptime) => See(at, new Observation.ProbeAnswered(new NodeInfo
    {
        Version = "1",
        Environment = "test",
        Coordinator = true,
        Starting = false,
        Uptime = TimeSpan.FromSeconds(uptime),
    }));

    private void See(double at, Observation fact) => _state = CoordinatorHealth.Step(_state, fact, Config, At(at)).State;

    private static Instant At(double seconds) => new(TimeSpan.FromSeconds(seconds));
}
