using Segue.Core.Configuration;
using Segue.Core.Health;
using Segue.Core.Model;

namespace Segue.Core.Tests.Health;

public sealed class CoordinatorHealthTests
{
    private static readonly HealthConfig Config = new();
    private readonly List<HealthNews> _news = [];
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

    [Fact]
    public void A_restart_that_a_query_id_told_is_not_counted_again_by_the_uptime()
    {
        Healthy(0, 100);
        Told(1, "aaaaa");
        Told(2, "bbbbb");
        Healthy(2.5, 1);
        Told(3, "bbbbb");
        _state.Generation.ShouldBe(1);
        _state.Incarnation.ShouldBe(new Incarnation("bbbbb"));
        _state.Alternates.ShouldBeFalse();
    }

    [Fact]
    public void An_address_that_answers_for_two_in_turn_is_said_to_once_and_its_uptimes_tell_no_restart()
    {
        Healthy(0, 500);
        for (var second = 1; second <= 20; second++)
            Healthy(second, second % 2 == 0 ? 500 + second : 50 + second);
        _state.Alternates.ShouldBeTrue();
        _state.Generation.ShouldBe(1, "the first other answer could be of a restart");
        _news.Count(news => news.Kind == EventKinds.Alternates).ShouldBe(1);
        _state.Sentence.ShouldBe("c1:8080 is healthy, but the address answers for more than one coordinator");
    }

    [Fact]
    public void Incarnations_that_alternate_are_no_restarts_either_and_are_forgotten_after_a_while()
    {
        Healthy(0, 500);
        foreach (var second in Enumerable.Range(1, 20))
            Told(second, second % 2 == 0 ? "aaaaa" : "bbbbb");
        _state.Alternates.ShouldBeTrue();
        _state.Generation.ShouldBe(1);
        See(10 * 60 + 21, new Observation.Tick());
        _state.Alternates.ShouldBeFalse();
    }

    [Fact]
    public void Restarts_in_a_row_are_not_taken_for_two_in_turn()
    {
        var at = 0.0;
        for (var life = 0; life < 5; life++)
        {
            for (var uptime = 1; uptime <= 40; uptime += 5)
                Healthy(at += 5, uptime);
            at += 10;
        }
        _state.Generation.ShouldBe(4);
        _state.Alternates.ShouldBeFalse();
    }

    [Fact]
    public void Canaries_of_another_deployment_count_once_they_are_new()
    {
        Healthy(0, 500);
        See(1, Listed("q1", "q2"));
        _state.Other.ShouldBeNull("they may be of one that has ended");
        See(60, Listed("q1", "q2", "q3"));
        _state.Other!.Id.ShouldBe("theirs");
        _state.Sentence.ShouldBe("c1:8080 is healthy, but another Segue deployment (theirs) uses it too");
        See(120, Listed("q2", "q3", "q4"));
        See(180, Listed("q3", "q4"));
        See(120 + 181, new Observation.Tick());
        _state.Other.ShouldBeNull();
        _news.Count(news => news.Kind == EventKinds.OtherDeployment).ShouldBe(2, "one that came and one that left");
    }

    private static Observation.CanariesListed Listed(params string[] ids) => new([.. ids.Select(id => new OtherCanary(id, "theirs"))]);

    private void Told(double at, string incarnation) =>
        See(at, new Observation.CanaryEnded(new CanaryOutcome(default, true, TimeSpan.Zero, ""), 1, new Incarnation(incarnation)));

    private void Healthy(double at, double uptime) => See(at, new Observation.ProbeAnswered(new NodeInfo
    {
        Version = "1",
        Environment = "test",
        Coordinator = true,
        Starting = false,
        Uptime = TimeSpan.FromSeconds(uptime),
    }));

    private void See(double at, Observation fact)
    {
        var step = CoordinatorHealth.Step(_state, fact, Config, At(at));
        _state = step.State;
        if (step.News is { } news)
            _news.Add(news);
    }

    private static Instant At(double seconds) => new(TimeSpan.FromSeconds(seconds));
}
