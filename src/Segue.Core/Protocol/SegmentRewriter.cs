using System.Buffers;
using System.Text;

namespace Segue.Core.Protocol;

/// <summary>
/// Goes over Trino's encoded data as it streams and exchanges the origin of a segment's <c>uri</c> and <c>ackUri</c> where it names Segue's
/// own host with another scheme: coordinators take host and port from the request but do not know who ended TLS (protocol.md §1.6). Every
/// other byte stays.
/// </summary>
/// <param name="origin">Scheme and authority that the client sees, e.g. <c>https://segue:8443</c>.</param>
public sealed class SegmentRewriter(string origin)
{
    /// <summary>Object, array of segments, segment.</summary>
    private const int SegmentDepth = 3;

    private const int LongestUri = 16 << 10;

    private static readonly SearchValues<byte> Structure = SearchValues.Create("\"[]{},:"u8);

    private readonly byte[] _own = Encoding.UTF8.GetBytes(origin);
    private readonly byte[] _other = Encoding.UTF8.GetBytes(
        origin.StartsWith("https:", StringComparison.Ordinal) ? "http" + origin[5..] : "https" + origin[4..]);

    private readonly ArrayBufferWriter<byte> _output = new();
    private readonly ArrayBufferWriter<byte> _text = new();
    private int _depth = 1;
    private bool _inString;
    private bool _escaped;
    private bool _isValue;
    private bool _isAddress;

    /// <summary>Feeds bytes from behind the opening bracket of data on, cut anywhere; gives back those that may go out, valid until the next call.</summary>
    public ReadOnlySpan<byte> Rewrite(ReadOnlySpan<byte> bytes)
    {
        _output.ResetWrittenCount();
        while (!bytes.IsEmpty)
        {
            var taken = _inString ? TakeString(bytes) : TakeStructure(bytes);
            bytes = bytes[taken..];
        }
        return _output.WrittenSpan;
    }

    private int TakeStructure(ReadOnlySpan<byte> bytes)
    {
        var found = bytes.IndexOfAny(Structure);
        if (found < 0)
        {
            _output.Write(bytes);
            return bytes.Length;
        }
        _output.Write(bytes[..(found + 1)]);
        switch (bytes[found])
        {
            case (byte)'"':
                _inString = true;
                _text.ResetWrittenCount();
                break;
            case (byte)'{' or (byte)'[':
                _depth++;
                _isValue = false;
                break;
            case (byte)'}' or (byte)']':
                _depth--;
                _isValue = false;
                break;
            case (byte)':':
                _isValue = true;
                break;
            default:
                _isValue = false;
                break;
        }
        return found + 1;
    }

    /// <summary>Only what may be the name or the value of an address is looked at; it waits until it ends.</summary>
    private int TakeString(ReadOnlySpan<byte> bytes)
    {
        var end = 0;
        while (end < bytes.Length && (_escaped || bytes[end] != (byte)'"'))
        {
            _escaped = !_escaped && bytes[end] == (byte)'\\';
            end++;
        }
        var looked = _depth == SegmentDepth && (!_isValue || _isAddress);
        if (!looked)
            _output.Write(bytes[..end]);
        else
            _text.Write(bytes[..end]);
        if (end == bytes.Length)
        {
            if (looked && _text.WrittenCount > LongestUri)
                GiveUp();
            return end;
        }
        _inString = false;
        if (looked)
            EndLooked();
        _output.Write("\""u8);
        return end + 1;
    }

    private void EndLooked()
    {
        var text = _text.WrittenSpan;
        if (!_isValue)
        {
            _isAddress = text.SequenceEqual("uri"u8) || text.SequenceEqual("ackUri"u8);
            _output.Write(text);
            return;
        }
        _isAddress = false;
        if (text.StartsWith(_other) && text.Length > _other.Length && text[_other.Length] == (byte)'/')
        {
            _output.Write(_own);
            text = text[_other.Length..];
        }
        _output.Write(text);
    }

    /// <summary>No address is that long: the rest of the string passes unlooked.</summary>
    private void GiveUp()
    {
        _output.Write(_text.WrittenSpan);
        _text.ResetWrittenCount();
        _isAddress = false;
        _isValue = true;
    }
}
