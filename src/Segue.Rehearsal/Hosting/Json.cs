using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace Segue.Rehearsal.Hosting;

internal static class Json
{
    /// <summary>Escapes no more than JSON demands, as the engines' writer does.</summary>
    public static readonly JsonWriterOptions Options = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static ReadOnlyMemory<byte> Bytes(Action<Utf8JsonWriter> write)
    {
        var buffer = new ArrayBufferWriter<byte>(1024);
        using (var writer = new Utf8JsonWriter(buffer, Options))
            write(writer);
        return buffer.WrittenMemory;
    }
}
