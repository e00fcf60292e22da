using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text.Json;

namespace Segue.Core.Protocol;

/// <summary>What a page says beside its rows (protocol.md §1.4). A field that the page does not have, or has as null, is null.</summary>
public sealed record PageFacts
{
    public string? Id { get; init; }

    public string? InfoUri { get; init; }

    public string? PartialCancelUri { get; init; }

    /// <summary>Null on the last page.</summary>
    public string? NextUri { get; init; }

    /// <summary><c>stats.state</c>.</summary>
    public string? State { get; init; }

    /// <summary>The statement was begun: no coordinator takes it back from here on.</summary>
    public bool HasRun => State is "RUNNING" or "FINISHING" or "FINISHED" or "FAILED";

    public string? UpdateType { get; init; }

    public bool HasColumns { get; init; }

    /// <summary>Of the bytes of <c>columns</c>; 0 without columns. Equal columns of one engine version give equal bytes (R4.4).</summary>
    public ulong ColumnsHash { get; init; }

    /// <summary>The page has rows or encoded data.</summary>
    public bool HasData { get; init; }

    public bool Encoded { get; init; }

    public long Rows { get; init; }

    public PageError? Error { get; init; }

    /// <param name="complete">False where the text ends with the opening bracket of data.</param>
    /// <returns>Null where the text is not a page.</returns>
    internal static PageFacts? Read(ReadOnlySpan<byte> text, bool complete)
    {
        var reader = new Utf8JsonReader(text, complete, new JsonReaderState(new JsonReaderOptions { MaxDepth = PageScanner.MaxDepth }));
        var facts = new PageFacts();
        try
        {
            if (!reader.Read() || reader.TokenType != JsonTokenType.StartObject)
                return null;
            while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
            {
                if (!ReadField(ref reader, text, ref facts))
                    break;
            }
            return facts;
        }
        // InvalidOperationException: a string that is not UTF-8, or an escaped half of a surrogate pair
        catch (Exception broken) when (broken is JsonException or InvalidOperationException)
        {
            return null;
        }
    }

    private static bool ReadField(ref Utf8JsonReader reader, ReadOnlySpan<byte> text, ref PageFacts facts)
    {
        if (reader.ValueTextEquals("id"u8))
            facts = facts with { Id = JsonText.StringOrNull(ref reader) };
        else if (reader.ValueTextEquals("infoUri"u8))
            facts = facts with { InfoUri = JsonText.StringOrNull(ref reader) };
        else if (reader.ValueTextEquals("partialCancelUri"u8))
            facts = facts with { PartialCancelUri = JsonText.StringOrNull(ref reader) };
        else if (reader.ValueTextEquals("nextUri"u8))
            facts = facts with { NextUri = JsonText.StringOrNull(ref reader) };
        else if (reader.ValueTextEquals("updateType"u8))
            facts = facts with { UpdateType = JsonText.StringOrNull(ref reader) };
        else if (reader.ValueTextEquals("stats"u8))
            facts = facts with { State = JsonText.FieldOf(ref reader, "state"u8) };
        else if (reader.ValueTextEquals("error"u8))
            facts = facts with { Error = PageError.Read(ref reader) };
        else if (reader.ValueTextEquals("columns"u8))
        {
            reader.Read();
            var start = (int)reader.TokenStartIndex;
            if (reader.TokenType == JsonTokenType.Null)
                return true;
            if (!reader.TrySkip())
                return false;
            facts = facts with { HasColumns = true, ColumnsHash = Hash(text[start..(int)reader.BytesConsumed]) };
        }
        else
            return reader.Read() && reader.TrySkip();
        return true;
    }

    private static ulong Hash(ReadOnlySpan<byte> columns)
    {
        Span<byte> digest = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(columns, digest);
        return BinaryPrimitives.ReadUInt64LittleEndian(digest);
    }
}
