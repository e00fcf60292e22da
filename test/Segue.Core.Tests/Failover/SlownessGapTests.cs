using Segue.Core.Failover;
using Segue.Core.Health;
using Segue.Core.Model;

namespace Segue.Core.Tests.Failover;

/// <summary>Switches because of slowness (R2.2), with a least gap of 60 s.</summary>
public sealed class SlownessGapTests
{
    private static readonly TimeSpan Least = TimeSpan.FromSeconds(60);

    [Theory]
    // switches at, in seconds     allowed again at
    [InlineData("",                0)]
    [InlineData("0",               60)]
    [InlineData("0 60",            60 + 120)]
    [InlineData("0 60 180",        180 + 240)]
    [InlineData("0 60 180 420",    420 + 480)]
    // a quiet time of twice the gap begins anew
    [InlineData("0 119",           119 + 120)]
    [InlineData("0 120",           120 + 60)]
    [InlineData("0 60 180 660",    660 + 60)]
    public void The_gap_doubles_while_switches_go_on(string switches, int allowedAt)
    {
        var gap = default(SlownessGap);
        foreach (var at in switches.Split(' ', StringSplitOptions.RemoveEmptyEntries))
            gap = gap.Switched(At(int.Parse(at, System.Globalization.CultureInfo.InvariantCulture)), Least);
        gap.Allows(At(allowedAt)).ShouldBeTrue();
        if (switches.Length > 0)
            gap.Allows(At(allowedAt - 1)).ShouldBeFalse();
    }

    [Theory]
    [InlineData(Condition.Lost, Evidence.Timeout, false, true)]
    [InlineData(Condition.Lost, Evidence.BadStatus, false, true)]
    [InlineData(Condition.Lost, Evidence.Refused, true, false)]
    [InlineData(Condition.Lost, Evidence.Refused, false, false)]
    [InlineData(Condition.Lost, Evidence.Unreachable, false, false)]
    [InlineData(Condition.Lost, Evidence.NameError, false, false)]
    [InlineData(Condition.Healthy, Evidence.Restarted, false, false)]
    [InlineData(Condition.Unfit, Evidence.ShuttingDown, false, false)]
    public void Slow_is_what_accepts_connections_and_does_not_answer(Condition condition, Evidence evidence, bool dead, bool slow) =>
        SlownessGap.IsSlowness(HealthState.First("c1:80", false, default) with { Condition = condition, Evidence = evidence, Dead = dead }).ShouldBe(slow);

    private static Instant At(int seconds) => new(TimeSpan.FromSeconds(seconds));
}
