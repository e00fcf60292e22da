using Segue.Simulation.Runs;
using Segue.Simulation.World;

namespace Segue.Simulation.Faults;

/// <summary>One harm: what, when, for how long, and to whom.</summary>
/// <param name="At">In global time.</param>
/// <param name="Who">Chooses among those whom it can befall.</param>
/// <param name="Strength">From 0 to below 1.</param>
internal sealed record Fault(int Number, Harms Kind, long At, long Lasts, int Who, int Whom, double Strength)
{
    /// <summary>Drawn apart from all else: to leave one out changes none of the others.</summary>
    public static List<Fault> Draw(SimOptions options)
    {
        var random = new Rng(options.Seed ^ 0xFA017);
        var kinds = Enum.GetValues<Harms>().Where(one => one is not (Harms.None or Harms.All) && options.Harms.HasFlag(one)).ToArray();
        var faults = new List<Fault>();
        if (kinds.Length == 0)
            return faults;
        // trouble comes in company: most of it near a few moments
        long[] moments = [.. Enumerable.Range(0, 3).Select(_ => random.Between(Time.Second, options.Storm.Ticks))];
        for (var number = 0; number < options.Faults; number++)
        {
            var at = random.Chance(0.6)
                ? random.Pick(moments) + random.Between(-300 * Time.Millisecond, 700 * Time.Millisecond)
                : random.Between(Time.Second, options.Storm.Ticks);
            var lasts = random.Chance(0.3) ? random.Between(50 * Time.Millisecond, Time.Second) : random.Between(Time.Second / 2, 6 * Time.Second);
            var fault = new Fault(number, random.Pick(kinds), Math.Max(Time.Second, at), lasts, random.Below(60), random.Below(60), random.Fraction());
            if (options.Kept?.Contains(number) != false)
                faults.Add(fault);
        }
        return faults;
    }

    public override string ToString() => $"{At / 1e7:0.00} s + {Lasts / 1e7:0.00} s: {Kind} {Who}/{Whom}";
}
