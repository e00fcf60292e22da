using System.Numerics;

namespace Segue.Core.Protocol;

/// <summary>
/// Finds row borders in the bytes between the brackets of <c>data</c>, fed in any pieces, 64 bytes at a time; it splits rows, it does not
/// validate them. A backslash takes the meaning of a quote behind it, wherever it stands.
/// </summary>
internal struct RowCutter
{
    private readonly bool _opaque;
    private int _depth;
    private bool _inString;
    private bool _escaped;
    private Between _between;

    /// <param name="opaque">True for encoded data: only its end is looked for.</param>
    public RowCutter(bool opaque)
    {
        _opaque = opaque;
        _depth = opaque ? 1 : 0;
    }

    private enum Between
    {
        BeforeFirst,
        AfterRow,
        AfterComma,
    }

    public enum Outcome
    {
        /// <summary>More bytes are needed.</summary>
        More,

        /// <summary>The next byte is the closing bracket of data.</summary>
        Ended,

        Malformed,
    }

    /// <param name="tap">Notes the rows; null where nobody wants to know.</param>
    /// <param name="taken">Bytes looked at that are inside of data.</param>
    /// <param name="border">Behind the last row that ends in these bytes, or 0.</param>
    /// <param name="rows">Rows that end in these bytes.</param>
    public Outcome Cut(ReadOnlySpan<byte> bytes, RowTap? tap, out int taken, out int border, out long rows)
    {
        border = 0;
        rows = 0;
        var at = 0;
        var row = 0;
        for (var block = 0; block < bytes.Length; block += BlockMasks.Size)
        {
            var end = Math.Min(block + BlockMasks.Size, bytes.Length);
            Look(bytes[block..end], out var structure, out var opens);
            while (at < end)
            {
                if (_depth == 0)
                {
                    row = at;
                    if (StepBetweenRows(bytes[at]) is not Outcome.More and var outcome)
                    {
                        taken = at;
                        return outcome;
                    }
                    at++;
                    continue;
                }
                var left = structure >> (at - block);
                if (left == 0)
                {
                    at = end;
                    break;
                }
                at += BitOperations.TrailingZeroCount(left) + 1;
                if ((opens >> (at - 1 - block) & 1) != 0)
                    _depth++;
                else if (--_depth == 0)
                {
                    if (_opaque)
                    {
                        taken = at - 1;
                        return Outcome.Ended;
                    }
                    rows++;
                    border = at;
                    _between = Between.AfterRow;
                    tap?.Ended(bytes[row..at], at);
                }
            }
        }
        if (_depth > 0 && !_opaque)
            tap?.GoesOn(bytes[row..]);
        taken = at;
        return Outcome.More;
    }

    /// <summary>Finds the brackets that stand outside of strings.</summary>
    private void Look(ReadOnlySpan<byte> bytes, out ulong structure, out ulong opens)
    {
        var length = bytes.Length;
        if (length < BlockMasks.Size)
        {
            Span<byte> padded = stackalloc byte[BlockMasks.Size];
            padded[length..].Clear();
            bytes.CopyTo(padded);
            Look(padded, length, out structure, out opens);
        }
        else
            Look(bytes, length, out structure, out opens);
    }

    private void Look(ReadOnlySpan<byte> block, int length, out ulong structure, out ulong opens)
    {
        var masks = new BlockMasks(block);
        var quotes = masks.Quotes;
        if (masks.Backslashes != 0 || _escaped)
        {
            var escaped = BlockMasks.Escaped(masks.Backslashes, _escaped);
            _escaped = BlockMasks.EscapesNext(masks.Backslashes, escaped, length);
            quotes &= ~escaped;
        }
        var strings = BlockMasks.Parity(quotes) ^ (_inString ? ulong.MaxValue : 0);
        _inString = (strings >> (length - 1) & 1) != 0;
        opens = masks.Opens & ~strings;
        structure = opens | (masks.Closes & ~strings);
    }

    private Outcome StepBetweenRows(byte next)
    {
        switch (next)
        {
            case (byte)' ' or (byte)'\n' or (byte)'\r' or (byte)'\t':
                return Outcome.More;
            case (byte)',' when _between == Between.AfterRow:
                _between = Between.AfterComma;
                return Outcome.More;
            case (byte)'[' when _between != Between.AfterRow:
                _depth = 1;
                return Outcome.More;
            case (byte)']' when _between != Between.AfterComma:
                return Outcome.Ended;
            default:
                return Outcome.Malformed;
        }
    }
}
