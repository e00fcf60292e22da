using System.Numerics;

namespace Segue.Simulation.World;

/// <summary>xoshiro256** seeded by SplitMix64: the same numbers on every machine and every version of .NET.</summary>
internal sealed class Rng
{
    private ulong _a;
    private ulong _b;
    private ulong _c;
    private ulong _d;

    public Rng(ulong seed) => (_a, _b, _c, _d) = (Split(ref seed), Split(ref seed), Split(ref seed), Split(ref seed));

    public ulong State => _a ^ _c;

    public ulong Next()
    {
        var result = BitOperations.RotateLeft(_b * 5, 7) * 9;
        var shifted = _b << 17;
        _c ^= _a;
        _d ^= _b;
        _b ^= _c;
        _a ^= _d;
        _c ^= shifted;
        _d = BitOperations.RotateLeft(_d, 45);
        return result;
    }

    /// <returns>From 0 to below the bound.</returns>
    public int Below(int bound) => (int)Math.BigMul(Next(), (ulong)bound, out _);

    /// <returns>From the least to below the bound.</returns>
    public long Between(long least, long bound) => bound <= least ? least : least + (long)Math.BigMul(Next(), (ulong)(bound - least), out _);

    public double Fraction() => (Next() >> 11) * (1.0 / (1UL << 53));

    public bool Chance(double probability) => Fraction() < probability;

    public T Pick<T>(IReadOnlyList<T> among) => among[Below(among.Count)];

    /// <summary>A generator of its own: what is drawn from it changes nothing here.</summary>
    public Rng Fork() => new(Next());

    public void Shuffle<T>(T[] items)
    {
        for (var at = items.Length - 1; at > 0; at--)
        {
            var other = Below(at + 1);
            (items[at], items[other]) = (items[other], items[at]);
        }
    }

    private static ulong Split(ref ulong seed)
    {
        seed += 0x9E3779B97F4A7C15;
        var mixed = seed;
        mixed = (mixed ^ (mixed >> 30)) * 0xBF58476D1CE4E5B9;
        mixed = (mixed ^ (mixed >> 27)) * 0x94D049BB133111EB;
        return mixed ^ (mixed >> 31);
    }
}
