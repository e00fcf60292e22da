using System.Collections.Immutable;
using System.Text.Json;

namespace Segue.Core.Protocol;

/// <summary>The columns of a page.</summary>
/// <param name="Field">The whole field, <c>"columns":[…]</c>.</param>
/// <param name="Names">In their order.</param>
public sealed record PageColumns(ReadOnlyMemory<byte> Field, ImmutableArray<string> Names)
{
    /// <returns>Null where the page says none in front of its rows.</returns>
    public static PageColumns? Of(PageScanner page)
    {
        var fields = new FieldReader(page.Prefix, complete: false);
        while (fields.Next())
        {
            if (fields.Kind == PageField.Columns)
                return Read(page.Prefix[fields.NameStart..fields.End].ToArray());
        }
        return null;
    }

    private static PageColumns? Read(byte[] field)
    {
        try
        {
            using var page = JsonDocument.Parse((byte[])[(byte)'{', .. field, (byte)'}'], new JsonDocumentOptions { MaxDepth = PageScanner.MaxDepth });
            var columns = page.RootElement.EnumerateObject().First().Value;
            return columns.ValueKind == JsonValueKind.Array
                ? new PageColumns(field, [.. columns.EnumerateArray().Select(static column => column.GetProperty("name").GetString() ?? "")])
                : null;
        }
        // a coordinator that describes columns in another way: they can be shown to nobody
        catch (Exception unreadable) when (unreadable is JsonException or InvalidOperationException or KeyNotFoundException)
        {
            return null;
        }
    }
}
