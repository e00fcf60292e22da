using Segue.Core.Configuration;
using Segue.Core.Leadership;
using Segue.Core.Members;
using Segue.Core.Model;

namespace Segue.Core.Tests.Members;

/// <summary>Several members see the same thing, and the history that they share tells it once.</summary>
public sealed class SharedStoryTests
{
    private static readonly ConductorState Alone = new()
    {
        Config = new ClusterConfig { Name = "main", Engine = EngineKind.Presto, Coordinators = [] },
    };

    private static readonly ConductorState Leading = Member(leads: true, conductor: "me");
    private static readonly ConductorState Following = Member(leads: false, conductor: "other");
    private static readonly ConductorState Orphaned = Member(leads: false, conductor: null);

    [Fact]
    public void The_only_member_tells_everything() => new SharedStory().Say(Alone, Lost(0), At(0)).Tell.ShouldBeTrue();

    [Fact]
    public void Of_several_the_conductor_tells_what_happens_to_the_cluster()
    {
        new SharedStory().Say(Leading, Lost(0), At(0)).Tell.ShouldBeTrue();
        new SharedStory().Say(Following, Lost(0), At(0)).Tell.ShouldBeFalse();
    }

    [Fact]
    public void And_each_what_happens_to_itself() =>
        new SharedStory().Say(Following, Lost(0) with { Kind = EventKinds.RightLost, Coordinator = null }, At(0)).Tell.ShouldBeTrue();

    [Fact]
    public void What_was_seen_while_nobody_conducted_the_next_conductor_tells()
    {
        var (story, _) = new SharedStory().Say(Orphaned, Lost(0), At(0));
        (story, var nothing) = story.Look(Orphaned, [], At(600));
        nothing.ShouldBeEmpty();

        (story, var told) = story.Look(Leading, [], At(601));

        told.ShouldBe([Lost(0)]);
        story.Waits.ShouldBeFalse();
    }

    [Fact]
    public void Also_what_was_seen_just_before_the_conductor_was_known_to_be_dead()
    {
        var (story, _) = new SharedStory().Say(Following, Lost(0), At(0));
        (story, _) = story.Look(Following, [], At(3));
        story.Look(Leading, [], At(4)).Tell.ShouldBe([Lost(0)]);
    }

    [Fact]
    public void But_not_what_the_one_before_has_told()
    {
        var (story, _) = new SharedStory().Say(Following, Lost(1), At(1));
        story.Look(Leading, [Lost(0)], At(4)).Tell.ShouldBeEmpty();
        story.Look(Leading, [Lost(0) with { Coordinator = "c2:80" }], At(4)).Tell.ShouldBe([Lost(1)]);
        story.Look(Leading, [Lost(-60)], At(4)).Tell.ShouldBe([Lost(1)]);
    }

    [Fact]
    public void Nor_what_a_conductor_that_lives_had_time_to_tell()
    {
        var (story, _) = new SharedStory().Say(Following, Lost(0), At(0));
        (story, _) = story.Look(Following, [], At(30));
        story.Waits.ShouldBeFalse();
    }

    private static ConductorState Member(bool leads, string? conductor) => Alone with
    {
        Member = new Membership { Me = new MemberIdentity("me", "name"), Times = new MemberTimes(), StartedAt = default, Leads = leads, Conductor = conductor },
    };

    private static Instant At(double seconds) => new(TimeSpan.FromSeconds(seconds));

    private static ClusterEvent Lost(double seconds) => new()
    {
        At = DateTimeOffset.UnixEpoch.AddSeconds(seconds),
        Kind = EventKinds.CoordinatorLost,
        Cluster = "main",
        Coordinator = "c1:80",
        Sentence = "c1:80 refuses connections",
    };
}
