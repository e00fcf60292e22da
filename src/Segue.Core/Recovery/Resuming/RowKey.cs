using System.Text.Json;
using Segue.Core.Protocol;

namespace Segue.Core.Recovery.Resuming;

/// <summary>What a row has in its ORDER BY columns.</summary>
public static class RowKey
{
    /// <summary>A hash of the bytes of some of the row's values.</summary>
    /// <param name="positions">From 0.</param>
    /// <returns>Null where the row has not so many values, or is no JSON array.</returns>
    public static UInt128? Of(ReadOnlySpan<byte> row, ReadOnlySpan<int> positions, ulong key)
    {
        var reader = new Utf8JsonReader(row, new JsonReaderOptions { MaxDepth = PageScanner.MaxDepth });
        UInt128 sum = 0;
        var found = 0;
        try
        {
            reader.Read();
            for (var at = 0; reader.Read() && reader.TokenType != JsonTokenType.EndArray; at++)
            {
                var start = (int)reader.TokenStartIndex;
                reader.Skip();
                if (!positions.Contains(at))
                    continue;
                // the place is a part of the hash's key, so that values cannot change places
                sum = unchecked(sum + RowTap.Hash(row[start..(int)reader.BytesConsumed], key + (ulong)at + 1));
                found += positions.Count(at);
            }
        }
        catch (JsonException)
        {
            return null;
        }
        return found == positions.Length ? sum : null;
    }
}
