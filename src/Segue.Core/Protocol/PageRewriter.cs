using System.Buffers;
using System.Text.Json;

namespace Segue.Core.Protocol;

/// <summary>What a client is told in place of the coordinator's own names. A null leaves the field out.</summary>
/// <param name="Id">The first attempt's query id.</param>
/// <param name="InfoUri">Written only where the coordinator's page has one.</param>
/// <param name="PartialCancelUri">Written only where the coordinator's page has one.</param>
public readonly record struct PageNames(string Id, string? InfoUri, string? PartialCancelUri);

/// <summary>
/// Makes the page that the client gets out of the coordinator's: names and addresses are exchanged, every other field keeps its bytes and its
/// place. <c>nextUri</c> goes behind the rows, so that it can say what this page delivered.
/// </summary>
public static class PageRewriter
{
    /// <summary>Everything up to and with the opening bracket of data. Only once <see cref="PageScanner.HasData"/>.</summary>
    public static void WriteStart(PageScanner page, in PageNames names, IBufferWriter<byte> output)
    {
        var text = page.Prefix;
        var fields = new FieldReader(text, complete: false);
        var separator = (byte)'{';
        while (fields.Next())
            separator = WriteField(text, fields, names, separator, output);
        WriteSeparator(separator, output);
        output.Write(text[fields.NameStart..]);
    }

    /// <summary>The beginning of a page of rows that Segue kept; <see cref="CloseBrokenPage"/> ends it.</summary>
    public static void BeginRows(in PageNames names, PageColumns? columns, IBufferWriter<byte> output)
    {
        var separator = WriteNamed("\"id\":"u8, names.Id, (byte)'{', output);
        separator = WriteNamed("\"infoUri\":"u8, names.InfoUri, separator, output);
        if (columns is not null)
        {
            WriteSeparator(separator, output);
            output.Write(columns.Field.Span);
        }
        output.Write(",\"data\":["u8);
    }

    /// <summary>
    /// The rest of the page at <see cref="ScanPhase.End"/>: from the closing bracket of data on, or the whole page where it has no data.
    /// </summary>
    /// <param name="nextUri">Null on the last page.</param>
    public static void WriteEnd(PageScanner page, in PageNames names, string? nextUri, IBufferWriter<byte> output)
    {
        var text = page.Held;
        var fields = new FieldReader(text, complete: true);
        var split = page.HasData ? page.Prefix.Length : 0;
        var separator = (byte)'{';
        if (page.HasData)
        {
            output.Write(text.Slice(split, 1));
            WriteNextUri(nextUri, (byte)',', output);
            separator = (byte)',';
        }
        while (fields.Next())
        {
            if (fields.NameStart >= split)
                separator = WriteField(text, fields, names, separator, output);
        }
        if (!page.HasData)
            separator = WriteNextUri(nextUri, separator, output);
        output.Write(separator == (byte)'{' ? "{}"u8 : "}"u8);
    }

    /// <summary>
    /// Ends a page that the coordinator broke off inside or behind its rows, behind the last whole row that was forwarded (R4.1).
    /// </summary>
    /// <param name="nextUri">Its token counts the rows forwarded; the poll of it recovers.</param>
    public static void CloseBrokenPage(string nextUri, TimeSpan elapsed, IBufferWriter<byte> output)
    {
        output.Write("]"u8);
        WriteNextUri(nextUri, (byte)',', output);
        output.Write(",\"stats\":"u8);
        using (var writer = new Utf8JsonWriter(output))
            PageStats.Write(writer, PageStats.Running, elapsed, TimeSpan.Zero);
        output.Write(",\"warnings\":[]}"u8);
    }

    /// <returns>The separator for the next field.</returns>
    private static byte WriteField(ReadOnlySpan<byte> text, in FieldReader field, in PageNames names, byte separator, IBufferWriter<byte> output)
    {
        switch (field.Kind)
        {
            case PageField.NextUri:
                return separator;
            case PageField.Id:
                return WriteNamed("\"id\":"u8, names.Id, separator, output);
            case PageField.InfoUri:
                return WriteNamed("\"infoUri\":"u8, names.InfoUri, separator, output);
            case PageField.PartialCancelUri:
                return WriteNamed("\"partialCancelUri\":"u8, names.PartialCancelUri, separator, output);
            default:
                WriteSeparator(separator, output);
                output.Write(text[field.NameStart..field.End]);
                return (byte)',';
        }
    }

    private static byte WriteNextUri(string? nextUri, byte separator, IBufferWriter<byte> output) =>
        WriteNamed("\"nextUri\":"u8, nextUri, separator, output);

    private static byte WriteNamed(ReadOnlySpan<byte> name, string? value, byte separator, IBufferWriter<byte> output)
    {
        if (value is null)
            return separator;
        WriteSeparator(separator, output);
        output.Write(name);
        JsonText.WriteString(output, value);
        return (byte)',';
    }

    private static void WriteSeparator(byte separator, IBufferWriter<byte> output) => output.Write([separator]);
}
