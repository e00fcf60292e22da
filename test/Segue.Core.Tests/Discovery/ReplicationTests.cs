using System.Text;
using Segue.Core.Discovery;
using Segue.Core.Model;

namespace Segue.Core.Tests.Discovery;

/// <summary>R9: members share one table, and a list rests on what all of them heard.</summary>
public sealed class ReplicationTests
{
    private AnnouncementTable _a = AnnouncementTable.StartedAt(At(0));
    private AnnouncementTable _b = AnnouncementTable.StartedAt(At(0));

    [Fact]
    public void A_list_waits_for_the_part_of_each_member_that_lives_and_does_not_rest_on_old_ones()
    {
        Say(ref _b, "w1", 11);
        List(11).ShouldBe("refused", "nothing was heard of a");
        Tell(teller: ref _a, "a", to: ref _b, 11);
        List(11).ShouldBe("w1");
        List(14).ShouldBe("w1");
        List(15).ShouldBe("refused", "its word is older than 3 s");
    }

    [Fact]
    public void What_a_node_said_to_one_member_is_listed_by_the_other_once_it_has_its_body()
    {
        Say(ref _a, "w1", 11);
        Tell(teller: ref _a, "a", to: ref _b, 11).ShouldBeTrue("the body is not known here");
        List(11).ShouldBe("refused");
        TellAll(teller: ref _a, "a", to: ref _b, 11);
        Tell(teller: ref _a, "a", to: ref _b, 12).ShouldBeFalse();
        List(12).ShouldBe("w1");
    }

    [Fact]
    public void A_sign_of_life_elsewhere_keeps_a_node_listed_and_its_silence_there_ends_that()
    {
        Say(ref _a, "w1", 11);
        Say(ref _b, "w2", 11);
        TellAll(teller: ref _a, "a", to: ref _b, 11);
        for (var now = 12; now <= 60; now++)
        {
            if (now % 5 == 0)
                Say(ref _b, "w2", now);
            if (now is 20 or 28)
                Say(ref _a, "w1", now);
            Tell(teller: ref _a, "a", to: ref _b, now);
        }
        List(57).ShouldBe("w1 w2");
        List(60).ShouldBe("w2", "the last word of w1 came at 28");
    }

    [Fact]
    public void What_was_taken_back_at_one_member_is_gone_at_the_other_and_a_late_replica_does_not_bring_it_back()
    {
        Say(ref _a, "w1", 11);
        Say(ref _a, "w2", 11);
        TellAll(teller: ref _a, "a", to: ref _b, 11);
        var late = Replication.HeardHere(_a, At(11)).ToList();
        _a = _a.Step(new Unannounce("w1"), At(12)).Table;
        Tell(teller: ref _a, "a", to: ref _b, 12);
        List(12).ShouldBe("w2");
        _b = _b.Step(new Replicate("a", [], [.. late], null), At(13)).Table;
        Tell(teller: ref _a, "a", to: ref _b, 13);
        List(13).ShouldBe("w2");
    }

    [Fact]
    public void Each_member_takes_out_of_the_store_what_was_taken_back_at_another_because_it_may_have_written_it()
    {
        Say(ref _a, "w1", 11);
        TellAll(teller: ref _a, "a", to: ref _b, 11);
        var word = _b.Nodes["w1"].Announcement;
        _a = _a.Step(new Unannounce("w1"), At(12)).Table;
        var gone = new Replicate("a", Replication.TakenBack(_a, At(12)), [], null);
        var step = _b.Step(gone, At(12));
        step.Effects.ShouldHaveSingleItem().ShouldBeOfType<Forget>().Announcement.ShouldBe(word);
        step.Table.Step(gone, At(13)).Effects.ShouldBeEmpty("once is enough");
    }

    [Fact]
    public void The_newest_word_of_a_node_wins_wherever_it_was_said()
    {
        Say(ref _a, "w1", 11);
        Say(ref _b, "w1", 12, address: "moved");
        TellAll(teller: ref _a, "a", to: ref _b, 13);
        Tell(teller: ref _a, "a", to: ref _b, 13).ShouldBeFalse("its older word is not wanted");
        _b.Nodes["w1"].Announcement.Location.ShouldBe("/moved");
        TellAll(teller: ref _b, "b", to: ref _a, 13);
        _a.Nodes["w1"].Announcement.Location.ShouldBe("/moved");
    }

    [Fact]
    public void What_the_store_kept_is_not_told_as_heard()
    {
        Say(ref _a, "w1", 11);
        var restored = AnnouncementTable.StartedAt(At(20)).Step(new Restore([_a.Nodes["w1"].Announcement]), At(20)).Table;
        Replication.Signs(restored, At(20)).ShouldBeEmpty();
    }

    private string List(int now)
    {
        var list = ServiceList.Of(_b, "presto", "general", null, At(now), ["a"]);
        if (list.Refusal is not null)
            return "refused";
        var text = Encoding.UTF8.GetString(list.Json.Span);
        return string.Join(' ', _b.Nodes.Keys.Where(node => text.Contains($"\"{node}\"", StringComparison.Ordinal)));
    }

    private static void Say(ref AnnouncementTable table, string node, int now, string? address = null)
    {
        var body = $$$"""{"environment":"test","nodeId":"{{{node}}}","pool":"general","location":"/{{{address ?? node}}}","services":[{"id":"id-{{{node}}}","type":"presto","properties":{"coordinator":"false","http":"http://{{{node}}}:1"}}]}""";
        table = table.Step(new Announce(AnnouncementReader.Read(Encoding.UTF8.GetBytes(body), out _)!, null), At(now)).Table;
    }

    /// <returns>Whether the hearer lacks something.</returns>
    private static bool Tell(ref AnnouncementTable teller, string member, ref AnnouncementTable to, int now)
    {
        var step = to.Step(new Replicate(member, Replication.TakenBack(teller, At(now)), [], Replication.Signs(teller, At(now))), At(now));
        to = step.Table;
        return step.Effects.OfType<Want>().Any();
    }

    private static void TellAll(ref AnnouncementTable teller, string member, ref AnnouncementTable to, int now) =>
        to = to.Step(new Replicate(member, [], [.. Replication.HeardHere(teller, At(now))], Replication.Signs(teller, At(now))), At(now)).Table;

    private static Instant At(int seconds) => new(TimeSpan.FromSeconds(seconds));
}
