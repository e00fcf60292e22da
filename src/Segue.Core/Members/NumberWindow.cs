namespace Segue.Core.Members;

/// <summary>Which numbers of one teller were heard: each counts once, in about any order. What is older than the last ones counts as heard.</summary>
public sealed class NumberWindow
{
    /// <summary>How far behind the highest number one may come.</summary>
    public const int Width = 4096;

    private readonly ulong[] _heard = new ulong[Width / 64];
    private long _highest;

    /// <param name="number">From 1.</param>
    /// <returns>False where it was heard before, or is too old to tell.</returns>
    public bool TryHear(long number)
    {
        if (number <= 0 || number <= _highest - Width)
            return false;
        if (number > _highest)
        {
            for (var next = number - _highest >= Width ? number - Width + 1 : _highest + 1; next <= number; next++)
                _heard[Word(next)] &= ~Bit(next);
            _highest = number;
        }
        else if ((_heard[Word(number)] & Bit(number)) != 0)
            return false;
        _heard[Word(number)] |= Bit(number);
        return true;
    }

    private static int Word(long number) => (int)(number % Width / 64);

    private static ulong Bit(long number) => 1UL << (int)(number % 64);
}
