using System.Globalization;
using System.Numerics;
using System.Runtime.CompilerServices;
using System.Text;

namespace Segue.Simulation.World;

/// <summary>A rule was broken; the run ends here.</summary>
internal sealed class ViolationException(string rule, string what) : Exception($"{rule}: {what}")
{
    public string Rule { get; } = rule;
}

/// <summary>One virtual time for everything that happens, one thing after the other.</summary>
internal sealed class SimWorld(ulong seed, bool traced)
{
    private readonly PriorityQueue<Action, (long Time, long Number)> _events = new();
    private readonly List<string> _lines = [];
    private long _number;

    /// <summary>Global time since the beginning, in ticks of 100 ns; only checkers and faults may look at it.</summary>
    public long Now { get; private set; }

    public Rng Random { get; } = new(seed);

    /// <summary>Over every event's time, its number and the draws so far, and who observed whom: two runs with one hash did the same, in the same order.</summary>
    public ulong Hash { get; private set; } = 14695981039346656037;

    public long Events { get; private set; }

    public bool Traced => traced;

    public IReadOnlyList<string> Lines => _lines;

    public void After(long delay, Action action) => _events.Enqueue(action, (Now + Math.Max(0, delay), _number++));

    public void RunUntil(long end)
    {
        while (_events.TryPeek(out _, out var at) && at.Time <= end)
        {
            var action = _events.Dequeue();
            Now = at.Time;
            Events++;
            Mix((ulong)Now ^ ((ulong)at.Number << 40) ^ Random.State);
            action();
        }
        Now = end;
    }

    public void Mix(ulong what) => Hash = BitOperations.RotateLeft((Hash ^ what) * 1099511628211, 13);

    /// <summary>A line of the trace; costs nothing where none is kept.</summary>
    public void Say(string who, [InterpolatedStringHandlerArgument("")] ref Line line)
    {
        if (traced)
            _lines.Add(string.Create(CultureInfo.InvariantCulture, $"{Now / 1e7,10:0.0000}  {who,-8} {line.Text}"));
    }

    public static void Require(bool condition, string rule, [InterpolatedStringHandlerArgument("condition")] ref Broken what)
    {
        if (!condition)
            throw new ViolationException(rule, what.Text);
    }

    [InterpolatedStringHandler]
    public ref struct Line
    {
        private readonly StringBuilder? _text;

        public Line(int literals, int holes, SimWorld world, out bool wanted)
        {
            _ = (literals, holes);
            wanted = world.Traced;
            _text = wanted ? new StringBuilder() : null;
        }

        public readonly string Text => _text?.ToString() ?? "";

        public readonly void AppendLiteral(string text) => _text!.Append(text);

        public readonly void AppendFormatted<T>(T value) => _text!.Append(CultureInfo.InvariantCulture, $"{value}");

        public readonly void AppendFormatted<T>(T value, string format)
            where T : IFormattable => _text!.Append(value.ToString(format, CultureInfo.InvariantCulture));
    }

    [InterpolatedStringHandler]
    public ref struct Broken
    {
        private readonly StringBuilder? _text;

        public Broken(int literals, int holes, bool condition, out bool wanted)
        {
            _ = (literals, holes);
            wanted = !condition;
            _text = wanted ? new StringBuilder() : null;
        }

        public readonly string Text => _text?.ToString() ?? "";

        public readonly void AppendLiteral(string text) => _text!.Append(text);

        public readonly void AppendFormatted<T>(T value) => _text!.Append(CultureInfo.InvariantCulture, $"{value}");

        public readonly void AppendFormatted<T>(T value, string format)
            where T : IFormattable => _text!.Append(value.ToString(format, CultureInfo.InvariantCulture));
    }
}
