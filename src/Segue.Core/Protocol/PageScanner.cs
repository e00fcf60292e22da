using System.Text.Json;

namespace Segue.Core.Protocol;

/// <summary>
/// Reads one page of results as it arrives, in chunks cut anywhere. Only what stands before and behind the rows is held (R4.5); rows are counted
/// and split at their borders (R4.1) and never kept.
/// </summary>
/// <remarks>
/// The held bytes are always one JSON text with an empty data field: the prefix ends with the opening bracket of data, the suffix
/// begins with the closing one. Feed until the chunk is used up or <see cref="Phase"/> is <see cref="ScanPhase.Broken"/>.
/// </remarks>
public sealed class PageScanner
{
    public const int DefaultMaxHeld = 4 << 20;

    /// <summary>Deep query plans nest two levels a stage in <c>stats.rootStage</c>.</summary>
    internal const int MaxDepth = 1024;

    private const int Slice = 4096;
    private const int KeptCapacity = 64 << 10;

    private byte[] _held = new byte[Slice];
    private int _maxHeld;
    private int _length;
    private int _read;
    private int _split;
    private JsonReaderState _state;
    private DataField _pending;
    private readonly RowTap? _tap;
    private RowCutter _cutter;

    /// <param name="tap">Notes each row that passes.</param>
    public PageScanner(int maxHeld = DefaultMaxHeld, RowTap? tap = null)
    {
        _tap = tap;
        Reset(maxHeld);
    }

    private enum DataField
    {
        None,
        Rows,
        Binary,
    }

    public ScanPhase Phase { get; private set; }

    public ScanFault Fault { get; private set; }

    /// <summary>The page has rows or encoded data; <c>data: []</c> counts, <c>data: null</c> does not.</summary>
    public bool HasData { get; private set; }

    /// <summary>The data has no row borders (R4.3).</summary>
    public bool Encoded { get; private set; }

    /// <summary>Bytes that the held text takes in memory.</summary>
    public int Capacity => _held.Length;

    /// <summary>Whole rows seen.</summary>
    public long Rows { get; private set; }

    /// <summary>Everything up to the opening bracket of data; the whole page where it has none. Valid until the next call.</summary>
    public ReadOnlySpan<byte> Prefix => _held.AsSpan(0, _split == 0 ? _length : _split);

    /// <summary>From the closing bracket of data on; empty where the page has none. Valid until the next call.</summary>
    public ReadOnlySpan<byte> Suffix => _split == 0 ? default : _held.AsSpan(_split, _length - _split);

    /// <summary>Prefix and suffix as one text.</summary>
    internal ReadOnlySpan<byte> Held => _held.AsSpan(0, _length);

    /// <summary>Makes it ready for another page.</summary>
    /// <param name="maxHeld">The most bytes that prefix and suffix may take together.</param>
    public void Reset(int maxHeld = DefaultMaxHeld)
    {
        if (_held.Length > KeptCapacity)
            _held = new byte[Slice];
        _maxHeld = maxHeld;
        (_length, _read, _split) = (0, 0, 0);
        _state = new JsonReaderState(new JsonReaderOptions { MaxDepth = MaxDepth });
        _pending = DataField.None;
        Phase = ScanPhase.Prefix;
        Fault = ScanFault.None;
        HasData = false;
        Encoded = false;
        Rows = 0;
    }

    /// <summary>Takes bytes of one phase; consumes nothing only where the phase changes, or is <see cref="ScanPhase.Broken"/>.</summary>
    public ScanProgress Feed(ReadOnlySpan<byte> chunk) => Phase switch
    {
        ScanPhase.Prefix or ScanPhase.Suffix => Hold(chunk),
        ScanPhase.Rows or ScanPhase.Encoded => Pass(chunk),
        ScanPhase.End => Trail(chunk),
        ScanPhase.Broken => new ScanProgress(ScanPhase.Broken, 0, 0, 0),
        _ => throw new InvalidOperationException($"no such phase: {Phase}"),
    };

    /// <summary>What the held bytes say: all at <see cref="ScanPhase.End"/>, before that what the prefix says. Null where they cannot be read.</summary>
    public PageFacts? ReadFacts() =>
        PageFacts.Read(Phase == ScanPhase.End ? Held : Prefix, Phase == ScanPhase.End) is { } facts
            ? facts with { HasData = HasData, Encoded = Encoded, Rows = Rows }
            : null;

    private ScanProgress Pass(ReadOnlySpan<byte> chunk)
    {
        var phase = Phase;
        var outcome = _cutter.Cut(chunk, _tap, out var taken, out var border, out var rows);
        Rows += rows;
        switch (outcome)
        {
            case RowCutter.Outcome.Ended:
                border = taken;
                Phase = ScanPhase.Suffix;
                break;
            case RowCutter.Outcome.Malformed:
                Break(ScanFault.Malformed);
                break;
        }
        return new ScanProgress(phase, taken, phase == ScanPhase.Encoded ? taken : border, rows);
    }

    private ScanProgress Trail(ReadOnlySpan<byte> chunk)
    {
        if (chunk.ContainsAnyExcept(" \n\r\t"u8))
            Break(ScanFault.Malformed);
        return new ScanProgress(ScanPhase.End, chunk.Length, 0, 0);
    }

    private ScanProgress Hold(ReadOnlySpan<byte> chunk)
    {
        var phase = Phase;
        var taken = 0;
        while (taken < chunk.Length && Phase == phase)
        {
            var size = Math.Min(Math.Min(Slice, chunk.Length - taken), _maxHeld - _length);
            if (size <= 0)
            {
                Break(ScanFault.TooLarge);
                break;
            }
            var before = _length;
            Append(chunk.Slice(taken, size));
            ReadOn();
            taken += _length - before;
        }
        return new ScanProgress(phase, taken, 0, 0);
    }

    private void Append(ReadOnlySpan<byte> bytes)
    {
        if (_length + bytes.Length > _held.Length)
            Array.Resize(ref _held, Math.Max(_held.Length * 2, _length + bytes.Length));
        bytes.CopyTo(_held.AsSpan(_length));
        _length += bytes.Length;
    }

    /// <summary>Reads what is held and new; where data begins or the page ends, the bytes behind are given back.</summary>
    private void ReadOn()
    {
        var reader = new Utf8JsonReader(_held.AsSpan(_read, _length - _read), isFinalBlock: false, _state);
        var phase = Phase;
        try
        {
            while (Phase == phase && reader.Read())
                Take(ref reader);
        }
        catch (JsonException)
        {
            Break(ScanFault.Malformed);
            return;
        }
        _read += (int)reader.BytesConsumed;
        _state = reader.CurrentState;
        if (Phase is ScanPhase.Rows or ScanPhase.Encoded)
            _length = _split = _read;
        else if (Phase == ScanPhase.End)
            _length = _read;
    }

    private void Take(ref Utf8JsonReader reader)
    {
        var pending = _pending;
        _pending = DataField.None;
        switch (reader.TokenType)
        {
            case JsonTokenType.PropertyName when reader.CurrentDepth == 1 && !HasData:
                _pending = reader.ValueTextEquals("data"u8) ? DataField.Rows
                    : reader.ValueTextEquals("binaryData"u8) ? DataField.Binary
                    : DataField.None;
                break;
            case JsonTokenType.StartArray or JsonTokenType.StartObject when pending != DataField.None:
                HasData = true;
                Encoded = pending == DataField.Binary || reader.TokenType == JsonTokenType.StartObject;
                _cutter = new RowCutter(Encoded);
                Phase = Encoded ? ScanPhase.Encoded : ScanPhase.Rows;
                break;
            case JsonTokenType.EndObject when reader.CurrentDepth == 0:
                Phase = ScanPhase.End;
                break;
            case not JsonTokenType.StartObject when reader.CurrentDepth == 0:
                Break(ScanFault.Malformed);
                break;
        }
    }

    private void Break(ScanFault fault)
    {
        Phase = ScanPhase.Broken;
        Fault = fault;
    }
}
