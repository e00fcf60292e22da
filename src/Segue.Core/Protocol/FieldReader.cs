using System.Text.Json;

namespace Segue.Core.Protocol;

internal enum PageField
{
    Other,
    Id,
    InfoUri,
    PartialCancelUri,
    NextUri,
    Columns,
    Stats,
}

/// <summary>Goes through the fields of a page's held text by their places in it. The text was read by <see cref="PageScanner"/> before.</summary>
internal ref struct FieldReader
{
    private Utf8JsonReader _reader;

    public FieldReader(ReadOnlySpan<byte> text, bool complete)
    {
        _reader = new Utf8JsonReader(text, complete, new JsonReaderState(new JsonReaderOptions { MaxDepth = PageScanner.MaxDepth }));
        _reader.Read();
    }

    public PageField Kind { get; private set; }

    /// <summary>Where the field's name begins, with its quote.</summary>
    public int NameStart { get; private set; }

    /// <summary>Where its value begins.</summary>
    public int ValueStart { get; private set; }

    /// <summary>Behind the field's value.</summary>
    public int End { get; private set; }

    /// <returns>False at the end; in a prefix at its last field, data, whose value is not in the text: <see cref="NameStart"/> is set then.</returns>
    public bool Next()
    {
        if (!_reader.Read() || _reader.TokenType != JsonTokenType.PropertyName)
            return false;
        NameStart = (int)_reader.TokenStartIndex;
        Kind = _reader.ValueTextEquals("id"u8) ? PageField.Id
            : _reader.ValueTextEquals("infoUri"u8) ? PageField.InfoUri
            : _reader.ValueTextEquals("partialCancelUri"u8) ? PageField.PartialCancelUri
            : _reader.ValueTextEquals("nextUri"u8) ? PageField.NextUri
            : _reader.ValueTextEquals("columns"u8) ? PageField.Columns
            : _reader.ValueTextEquals("stats"u8) ? PageField.Stats
            : PageField.Other;
        if (!_reader.Read())
            return false;
        ValueStart = (int)_reader.TokenStartIndex;
        if (!_reader.TrySkip())
            return false;
        End = (int)_reader.BytesConsumed;
        return true;
    }
}
