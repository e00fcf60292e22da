using System.Collections.Immutable;
using System.Globalization;

namespace Segue.Rehearsal;

/// <summary>What goes wrong on purpose, and how often.</summary>
/// <param name="Rates">A probability between 0 and 1 for each fault.</param>
public sealed record Faults(ImmutableDictionary<Fault, double> Rates)
{
    public static readonly Faults None = new(ImmutableDictionary<Fault, double>.Empty);

    /// <summary>The faults' names as the command line takes them.</summary>
    public static string Names => "post-503, poll-503, poll-reset, page-cut";

    /// <summary>Reads <c>name=rate[,name=rate…]</c>.</summary>
    /// <exception cref="FormatException">Names the part that is not understood.</exception>
    public static Faults Parse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        var rates = ImmutableDictionary.CreateBuilder<Fault, double>();
        foreach (var part in text.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
        {
            var equals = part.IndexOf('=', StringComparison.Ordinal);
            var fault = equals < 0 ? null : FaultOf(part[..equals]);
            if (fault is null
                || !double.TryParse(part.AsSpan(equals + 1), CultureInfo.InvariantCulture, out var rate)
                || rate is < 0 or > 1)
                throw new FormatException($"'{part}' is not a fault: write name=rate with a rate from 0 to 1 and one of {Names}");
            rates[fault.Value] = rate;
        }
        return new Faults(rates.ToImmutable());
    }

    private static Fault? FaultOf(string name) => name switch
    {
        "post-503" => Fault.Post503,
        "poll-503" => Fault.Poll503,
        "poll-reset" => Fault.PollReset,
        "page-cut" => Fault.PageCut,
        _ => null,
    };
}

public enum Fault
{
    /// <summary>A submission is answered with 503.</summary>
    Post503,

    /// <summary>A poll is answered with 503.</summary>
    Poll503,

    /// <summary>The connection of a poll is reset before anything is answered.</summary>
    PollReset,

    /// <summary>A page breaks off in the middle of its body.</summary>
    PageCut,
}

/// <summary>Rolls the dice for the faults, the same way for the same seed.</summary>
internal sealed class FaultDice(Faults faults, int seed)
{
    private readonly Random _random = new(seed);
    private readonly Lock _gate = new();

    public bool Strikes(Fault fault)
    {
        if (!faults.Rates.TryGetValue(fault, out var rate) || rate == 0)
            return false;
        lock (_gate)
            return _random.NextDouble() < rate;
    }
}
