using Segue.Core.Model;
using Segue.Server.Gateway.Queries;

namespace Segue.Server.Tests.Gateway;

public sealed class QueryStoryTests
{
    private readonly QueryStory _story = new();

    [Fact]
    public void A_long_story_keeps_its_beginning_and_its_end()
    {
        for (var n = 0; n < 100; n++)
            Tell(n, MomentKind.Left, $"moment {n}");
        var moments = _story.Moments;
        moments.Length.ShouldBe(32);
        moments.Take(8).Select(moment => moment.Sentence).ShouldBe(Enumerable.Range(0, 8).Select(n => $"moment {n}"));
        moments.Skip(8).Select(moment => moment.Sentence).ShouldBe(Enumerable.Range(76, 24).Select(n => $"moment {n}"));
        _story.LeftOut.ShouldBe(68);
    }

    [Fact]
    public void Waiting_for_the_same_is_told_once()
    {
        foreach (var (n, why) in ((int, string)[])[(1, "a"), (2, "a"), (3, "b"), (4, "a")])
            Tell(n, MomentKind.Waits, why);
        _story.Moments.Select(moment => moment.At.SinceStart.TotalSeconds).ShouldBe([1, 3, 4]);
    }

    [Fact]
    public void Every_moment_has_a_sentence() =>
        Enum.GetValues<MomentKind>().ShouldAllBe(kind => new Moment(default, kind, "one:8321", "why", 3).Sentence.Length > 0);

    private void Tell(int seconds, MomentKind kind, string text) => _story.Tell(new Instant(TimeSpan.FromSeconds(seconds)), kind, "", text, 0);
}
