using System.Buffers;
using System.Buffers.Binary;
using System.Collections.Immutable;
using System.Text;

namespace Segue.Core.Recovery.Journal;

/// <summary>An entry's bytes: a version, the numbers, then strings and lists, each behind its length.</summary>
internal static class JournalCodec
{
    private const byte Version = 1;
    private const int Numbers = 1 + 1 + 8 + (3 * 4);
    private const int LengthSize = 4;
    private const int NoString = -1;

    public static ReadOnlyMemory<byte> Write(JournalEntry entry)
    {
        var into = new ArrayBufferWriter<byte>(entry.Body.Length + 1024);
        var numbers = into.GetSpan(Numbers);
        numbers[0] = Version;
        numbers[1] = entry.MayHaveEffects ? (byte)1 : (byte)0;
        BinaryPrimitives.WriteInt64LittleEndian(numbers[2..], entry.Created.UtcTicks);
        BinaryPrimitives.WriteInt32LittleEndian(numbers[10..], entry.Run.Submits);
        BinaryPrimitives.WriteInt32LittleEndian(numbers[14..], entry.Runs);
        BinaryPrimitives.WriteInt32LittleEndian(numbers[18..], entry.CoordinatorsLost);
        into.Advance(Numbers);
        foreach (var text in (ReadOnlySpan<string?>)[entry.Owner, entry.Method, entry.Target, entry.Run.Coordinator, entry.Run.Incarnation, entry.Run.QueryId, entry.Run.Path])
            WriteString(into, text);
        WriteBytes(into, entry.CredentialsHash.Span);
        WriteBytes(into, entry.Body.Span);
        WriteStrings(into, entry.Undone);
        WriteLength(into, entry.Headers.Length);
        foreach (var header in entry.Headers)
        {
            WriteString(into, header.Name);
            WriteStrings(into, header.Values);
        }
        return into.WrittenMemory;
    }

    /// <summary>Never throws, whatever the bytes are.</summary>
    public static bool TryRead(ReadOnlySpan<byte> bytes, out JournalEntry entry)
    {
        entry = null!;
        if (bytes.Length < Numbers || bytes[0] != Version || bytes[1] > 1)
            return false;
        var ticks = BinaryPrimitives.ReadInt64LittleEndian(bytes[2..]);
        var rest = bytes[Numbers..];
        if (ticks < DateTimeOffset.MinValue.UtcTicks || ticks > DateTimeOffset.MaxValue.UtcTicks
            || !TryReadText(ref rest, out var owner)
            || !TryReadText(ref rest, out var method)
            || !TryReadText(ref rest, out var target)
            || !TryReadText(ref rest, out var coordinator)
            || !TryReadString(ref rest, out var incarnation)
            || !TryReadText(ref rest, out var queryId)
            || !TryReadText(ref rest, out var path)
            || !TryReadBytes(ref rest, out var credentials)
            || !TryReadBytes(ref rest, out var body)
            || !TryReadStrings(ref rest, out var undone)
            || !TryReadHeaders(ref rest, out var headers)
            || !rest.IsEmpty)
            return false;
        entry = new JournalEntry
        {
            Owner = owner,
            Method = method,
            Target = target,
            Body = body.ToArray(),
            Headers = headers,
            CredentialsHash = credentials.ToArray(),
            Created = new DateTimeOffset(ticks, TimeSpan.Zero),
            MayHaveEffects = bytes[1] == 1,
            Run = new JournaledRun(coordinator, incarnation, queryId, path, BinaryPrimitives.ReadInt32LittleEndian(bytes[10..])),
            Undone = undone,
            Runs = BinaryPrimitives.ReadInt32LittleEndian(bytes[14..]),
            CoordinatorsLost = BinaryPrimitives.ReadInt32LittleEndian(bytes[18..]),
        };
        return true;
    }

    private static void WriteLength(ArrayBufferWriter<byte> into, int length)
    {
        BinaryPrimitives.WriteInt32LittleEndian(into.GetSpan(LengthSize), length);
        into.Advance(LengthSize);
    }

    private static void WriteBytes(ArrayBufferWriter<byte> into, ReadOnlySpan<byte> bytes)
    {
        WriteLength(into, bytes.Length);
        into.Write(bytes);
    }

    private static void WriteString(ArrayBufferWriter<byte> into, string? text)
    {
        WriteLength(into, text is null ? NoString : Encoding.UTF8.GetByteCount(text));
        Encoding.UTF8.GetBytes(text, into);
    }

    private static void WriteStrings(ArrayBufferWriter<byte> into, ImmutableArray<string> texts)
    {
        WriteLength(into, texts.Length);
        foreach (var text in texts)
            WriteString(into, text);
    }

    private static bool TryReadLength(ref ReadOnlySpan<byte> bytes, out int length)
    {
        if (!BinaryPrimitives.TryReadInt32LittleEndian(bytes, out length))
            return false;
        bytes = bytes[LengthSize..];
        return true;
    }

    private static bool TryReadBytes(ref ReadOnlySpan<byte> bytes, out ReadOnlySpan<byte> value)
    {
        value = default;
        if (!TryReadLength(ref bytes, out var length) || length < 0 || length > bytes.Length)
            return false;
        value = bytes[..length];
        bytes = bytes[length..];
        return true;
    }

    private static bool TryReadText(ref ReadOnlySpan<byte> bytes, out string text)
    {
        text = "";
        if (!TryReadBytes(ref bytes, out var value))
            return false;
        text = Encoding.UTF8.GetString(value);
        return true;
    }

    private static bool TryReadString(ref ReadOnlySpan<byte> bytes, out string? text)
    {
        text = null;
        if (BinaryPrimitives.TryReadInt32LittleEndian(bytes, out var length) && length == NoString)
        {
            bytes = bytes[LengthSize..];
            return true;
        }
        if (!TryReadText(ref bytes, out var value))
            return false;
        text = value;
        return true;
    }

    private static bool TryReadStrings(ref ReadOnlySpan<byte> bytes, out ImmutableArray<string> texts)
    {
        texts = [];
        // each has at least its length's bytes: no count makes room for more than there is
        if (!TryReadLength(ref bytes, out var count) || count < 0 || count > bytes.Length / LengthSize)
            return false;
        var read = ImmutableArray.CreateBuilder<string>(count);
        for (var i = 0; i < count; i++)
        {
            if (!TryReadText(ref bytes, out var text))
                return false;
            read.Add(text);
        }
        texts = read.MoveToImmutable();
        return true;
    }

    private static bool TryReadHeaders(ref ReadOnlySpan<byte> bytes, out ImmutableArray<JournaledHeader> headers)
    {
        headers = [];
        if (!TryReadLength(ref bytes, out var count) || count < 0 || count > bytes.Length / (2 * LengthSize))
            return false;
        var read = ImmutableArray.CreateBuilder<JournaledHeader>(count);
        for (var i = 0; i < count; i++)
        {
            if (!TryReadText(ref bytes, out var name) || !TryReadStrings(ref bytes, out var values))
                return false;
            read.Add(new JournaledHeader(name, values));
        }
        headers = read.MoveToImmutable();
        return true;
    }
}
