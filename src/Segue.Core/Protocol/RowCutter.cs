using System.Buffers;

namespace Segue.Core.Protocol;

/// <summary>Finds row borders in the bytes between the brackets of <c>data</c>, fed in any pieces; it splits rows, it does not validate them.</summary>
internal struct RowCutter
{
    private static readonly SearchValues<byte> Structure = SearchValues.Create("\"[]{}"u8);

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

    /// <param name="taken">Bytes looked at that are inside of data.</param>
    /// <param name="border">Behind the last row that ends in these bytes, or 0.</param>
    /// <param name="rows">Rows that end in these bytes.</param>
    public Outcome Cut(ReadOnlySpan<byte> bytes, out int taken, out int border, out long rows)
    {
        var at = 0;
        border = 0;
        rows = 0;
        var outcome = Outcome.More;
        while (at < bytes.Length && outcome == Outcome.More)
        {
            if (_inString)
                at = PassString(bytes, at);
            else if (_depth == 0)
                outcome = StepBetweenRows(bytes[at], ref at);
            else
            {
                var found = bytes[at..].IndexOfAny(Structure);
                if (found < 0)
                {
                    at = bytes.Length;
                    break;
                }
                at += found + 1;
                switch (bytes[at - 1])
                {
                    case (byte)'"':
                        _inString = true;
                        break;
                    case (byte)'[' or (byte)'{':
                        _depth++;
                        break;
                    default:
                        if (--_depth > 0)
                            break;
                        if (_opaque)
                        {
                            at--;
                            outcome = Outcome.Ended;
                            break;
                        }
                        rows++;
                        border = at;
                        _between = Between.AfterRow;
                        break;
                }
            }
        }
        taken = at;
        return outcome;
    }

    private int PassString(ReadOnlySpan<byte> bytes, int at)
    {
        if (_escaped)
        {
            _escaped = false;
            return at + 1;
        }
        var found = bytes[at..].IndexOfAny((byte)'"', (byte)'\\');
        if (found < 0)
            return bytes.Length;
        at += found;
        if (bytes[at] == (byte)'\\')
            _escaped = true;
        else
            _inString = false;
        return at + 1;
    }

    private Outcome StepBetweenRows(byte next, ref int at)
    {
        switch (next)
        {
            case (byte)' ' or (byte)'\n' or (byte)'\r' or (byte)'\t':
                break;
            case (byte)',' when _between == Between.AfterRow:
                _between = Between.AfterComma;
                break;
            case (byte)'[' when _between != Between.AfterRow:
                _depth = 1;
                break;
            case (byte)']' when _between != Between.AfterComma:
                return Outcome.Ended;
            default:
                return Outcome.Malformed;
        }
        at++;
        return Outcome.More;
    }
}
