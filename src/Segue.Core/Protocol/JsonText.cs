using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace Segue.Core.Protocol;

/// <summary>The few JSON readings and writings that pages need; readers stand on a field's name when they come in.</summary>
internal static class JsonText
{
    /// <summary>The engines escape no more than JSON demands; a page is never put into HTML.</summary>
    public static readonly JavaScriptEncoder Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping;

    /// <summary>The field's value where it is a string, else null; stands on the value's end afterwards.</summary>
    public static string? StringOrNull(ref Utf8JsonReader reader)
    {
        reader.Read();
        if (reader.TokenType == JsonTokenType.String)
            return reader.GetString();
        reader.TrySkip();
        return null;
    }

    /// <summary>A string inside the field's object value, or null.</summary>
    public static string? FieldOf(ref Utf8JsonReader reader, ReadOnlySpan<byte> name)
    {
        string? value = null;
        reader.Read();
        if (reader.TokenType != JsonTokenType.StartObject)
        {
            reader.TrySkip();
            return null;
        }
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            if (reader.ValueTextEquals(name))
                value = StringOrNull(ref reader);
            else
            {
                reader.Read();
                reader.TrySkip();
            }
        }
        return value;
    }

    public static void WriteString(IBufferWriter<byte> output, string value)
    {
        output.Write("\""u8);
        output.Write(JsonEncodedText.Encode(value, Encoder).EncodedUtf8Bytes);
        output.Write("\""u8);
    }
}
