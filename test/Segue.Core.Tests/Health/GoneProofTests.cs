using FsCheck;
using FsCheck.Fluent;
using Segue.Core.Configuration;
using Segue.Core.Health;
using Segue.Core.Model;

namespace Segue.Core.Tests.Health;

/// <summary>R5: the death of an incarnation that was seen, in words, one tenth of a second after the other.</summary>
public sealed class GoneProofTests
{
    private const string Here = "10.0.0.1";
    private const string Elsewhere = "10.0.0.2";

    /// <summary>What is seen, and who is then proven to be gone.</summary>
    public static TheoryData<string, string> Stories => new()
    {
        { "open x closed refused y",                "x" },
        { "open x closed refused refused y y",      "x" },
        { "open x closed refused open y",           "x" },
        { "open x closed timeout refused y",        "x" },
        // what dies between, unheard, takes the proof from nobody
        { "open x closed refused open closed y",    "x" },
        { "open x closed refused y open y closed refused z", "x y" },
        // a link of the chain is missing
        { "open x closed y",                        "" },
        { "open x refused y",                       "" },
        { "x closed refused y",                     "" },
        { "open closed refused y",                  "" },
        { "open x lost refused y",                  "" },
        { "open x closed timeout y",                "" },
        { "open x closed refused",                  "" },
        // asked before the close: it may have been refused by one that is only full
        { "open x ask closed refused-late y",       "" },
        // another place, another node, one that is older than the close
        { "open x closed refused-elsewhere y",      "" },
        { "open x closed refused y-elsewhere",      "" },
        { "open x closed refused y-othernode",      "" },
        { "open x closed refused y-old",            "" },
        { "open x closed refused y-unaddressed",    "" },
        { "open-unaddressed x closed refused y",    "" },
        // it answers again: no death, or no proof ever
        { "open x closed refused x y",              "" },
        { "open x closed x open x closed refused y", "x" },
        { "open x closed refused y x",              "" },
        { "open x closed refused y x open y closed refused z", "" },
        { "open x closed refused y traffic-x",      "" },
        // two behind one address
        { "open x y closed refused z",              "" },
        { "open x y x y closed refused z",          "" },
        // fenced
        { "open x fenced-x",                        "x" },
        { "open x fenced-x x",                      "" },
        { "open x closed refused y x fenced-x",     "x" },
        // this process stood still between question and answer
        { "open x closed refused stall y",          "x" },
        { "open x closed refused ask stall y-late", "" },
    };

    [Theory]
    [MemberData(nameof(Stories))]
    public void Only_a_death_that_was_seen_or_the_fence_command_proves_an_end(string story, string gone) => Told(story).ShouldBe(gone);

    [Fact]
    public void No_story_without_a_refusal_or_a_fence_proves_anything()
    {
        var words = Gen.Elements("open", "x", "y", "z", "closed", "timeout", "traffic-x", "stall", "y-old").ListOf();
        Check.One(Config.QuickThrowOnFailure.WithMaxTest(2000), Prop.ForAll(words.ToArbitrary(), story => Told(string.Join(' ', story)).Length == 0));
    }

    [Fact]
    public void Who_answered_last_is_never_said_to_be_gone()
    {
        var words = Gen.Elements("open", "x", "y", "z", "closed", "refused", "timeout", "lost", "stall", "ask").ListOf();
        Check.One(Config.QuickThrowOnFailure.WithMaxTest(5000), Prop.ForAll(words.ToArbitrary(), story =>
            story.LastOrDefault(static word => word is "x" or "y" or "z") is not { } last || !Told(string.Join(' ', story)).Split(' ').Contains(last)));
    }

    [Fact]
    public void No_order_of_facts_is_too_odd_to_be_judged()
    {
        var words = Gen.Elements("open", "x", "y", "closed", "refused", "timeout", "unauthorized", "traffic-x", "traffic-y", "stall", "judged", "objected", "canary-x").ListOf();
        Check.One(Config.QuickThrowOnFailure.WithMaxTest(5000), Prop.ForAll(words.ToArbitrary(), static story => Told(string.Join(' ', story)) is not null));
    }

    private static string Told(string story)
    {
        var at = 100.0;
        var state = HealthState.First("c1:8080", false, At(at));
        foreach (var word in story.Split(' ', StringSplitOptions.RemoveEmptyEntries))
        {
            at += word == "stall" ? 30 : 0.1;
            foreach (var fact in FactsOf(word))
                state = CoordinatorHealth.Step(state, fact, new HealthConfig(), At(at += 0.01)).State;
        }
        return string.Join(' ', state.Proof.Departures.Select(static departure => departure.Incarnation.Value));
    }

    private static Observation[] FactsOf(string word)
    {
        Observation ask = new Observation.ProbeSent();
        return word.Split('-') switch
        {
            ["open"] => [new Observation.TripwireOpened(Here)],
            ["open", _] => [new Observation.TripwireOpened()],
            ["closed"] => [new Observation.TripwireClosed(ByPeer: true)],
            ["lost"] => [new Observation.TripwireClosed(ByPeer: false)],
            ["ask"] => [ask],
            ["stall"] => [new Observation.Tick()],
            ["refused"] => [ask, new Observation.ProbeFailed(Evidence.Refused, "", Here)],
            ["refused", "late"] => [new Observation.ProbeFailed(Evidence.Refused, "", Here)],
            ["refused", _] => [ask, new Observation.ProbeFailed(Evidence.Refused, "", Elsewhere)],
            ["timeout"] => [ask, new Observation.ProbeFailed(Evidence.Timeout, "", Here)],
            ["unauthorized"] => [ask, new Observation.ProbeFailed(Evidence.Unauthorized, "401", Here)],
            ["judged"] => [new Observation.AuthenticationJudged(null)],
            ["objected"] => [new Observation.AuthenticationJudged("is open to everybody")],
            ["canary", var who] => [new Observation.CanaryEnded(new CanaryOutcome(default, true, default, ""), null, new Incarnation(who))],
            ["fenced", var who] => [new Observation.FenceSucceeded(new Incarnation(who))],
            ["traffic", var who] => [new Observation.TrafficAnswered(new Incarnation(who))],
            [var who] => [ask, Answer(who)],
            [var who, "elsewhere"] => [ask, Answer(who, address: Elsewhere)],
            [var who, "unaddressed"] => [ask, Answer(who, address: null)],
            [var who, "othernode"] => [ask, Answer(who, node: "another")],
            [var who, "old"] => [ask, Answer(who, uptime: 60)],
            [var who, "late"] => [Answer(who)],
            _ => throw new ArgumentException(word, nameof(word)),
        };
    }

    private static Observation.ProbeAnswered Answer(string who, string? address = Here, string node = "node-1", double uptime = 0.05) => new(
        new NodeInfo
        {
            Version = "483",
            Environment = "test",
            Coordinator = true,
            Starting = false,
            Uptime = TimeSpan.FromSeconds(who == "x" ? 90 : uptime),
            NodeId = node,
            Incarnation = new Incarnation(who),
        },
        address);

    private static Instant At(double seconds) => new(TimeSpan.FromSeconds(seconds));
}
