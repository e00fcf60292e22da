using Segue.Core.Configuration;
using Segue.Core.Health;
using Segue.Core.Model;
using Segue.Core.Routing;

namespace Segue.Core.Tests.Health;

/// <summary>A coordinator that refuses Segue's own credentials.</summary>
public sealed class UnauthorizedTests
{
    private static readonly NodeInfo Ready = new() { Version = "0.287", Environment = "test", Coordinator = true, Starting = false, Uptime = TimeSpan.FromHours(1) };

    [Fact]
    public void One_that_is_in_use_stays_so_and_is_not_silent()
    {
        var state = See(HealthState.First("c1:8443", mustBeJudged: false, At(0)), 1, new Observation.ProbeAnswered(Ready));
        for (var second = 2; second < 60; second++)
        {
            state = See(state, second, new Observation.ProbeSent());
            state = See(state, second, new Observation.ProbeFailed(Evidence.Unauthorized, "401"));
        }

        state.Condition.ShouldBe(Condition.Healthy);
        state.Sentence.ShouldBe("c1:8443 refuses Segue's own credentials (status 401): see coordinators.auth");
        See(state, 60, new Observation.ProbeAnswered(Ready)).Evidence.ShouldBe(Evidence.Healthy);
    }

    [Fact]
    public void One_that_never_took_them_is_alive_and_not_used()
    {
        var state = See(HealthState.First("c1:8443", mustBeJudged: false, At(0)), 1, new Observation.ProbeFailed(Evidence.Unauthorized, "401"));

        state.Condition.ShouldBe(Condition.Unfit);
        state.Liveness.ShouldBe(Liveness.Answering);
    }

    [Fact]
    public void One_that_was_lost_must_be_seen_anew()
    {
        var state = See(HealthState.First("c1:8443", mustBeJudged: false, At(0)), 1, new Observation.ProbeAnswered(Ready));
        state = See(state, 2, new Observation.ProbeFailed(Evidence.Refused, ""));
        state.Condition.ShouldBe(Condition.Lost);

        See(state, 3, new Observation.ProbeFailed(Evidence.Unauthorized, "401")).Condition.ShouldBe(Condition.Unfit);
    }

    private static HealthState See(HealthState state, double at, Observation seen) => CoordinatorHealth.Step(state, seen, new HealthConfig(), At(at)).State;

    private static Instant At(double seconds) => new(TimeSpan.FromSeconds(seconds));
}
