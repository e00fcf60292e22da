using System.Text.Json;

namespace Segue.Core.Protocol;

/// <summary>The <c>stats</c> of pages that Segue makes: the fields that clients were seen to want, no percentages, no stages.</summary>
public static class PageStats
{
    internal const string Queued = "QUEUED";
    internal const string Running = "RUNNING";
    internal const string Finished = "FINISHED";
    internal const string Failed = "FAILED";

    private const int MostKept = 64 << 10;

    private static readonly JsonEncodedText[] Zeros =
    [
        JsonEncodedText.Encode("nodes"),
        JsonEncodedText.Encode("totalSplits"),
        JsonEncodedText.Encode("queuedSplits"),
        JsonEncodedText.Encode("runningSplits"),
        JsonEncodedText.Encode("completedSplits"),
        JsonEncodedText.Encode("cpuTimeMillis"),
        JsonEncodedText.Encode("wallTimeMillis"),
        JsonEncodedText.Encode("processedRows"),
        JsonEncodedText.Encode("processedBytes"),
        JsonEncodedText.Encode("physicalInputBytes"),
        JsonEncodedText.Encode("peakMemoryBytes"),
        JsonEncodedText.Encode("peakTotalMemoryBytes"),
        JsonEncodedText.Encode("peakTaskTotalMemoryBytes"),
        JsonEncodedText.Encode("spilledBytes"),
        JsonEncodedText.Encode("userTimeMillis"),
        JsonEncodedText.Encode("waitingForPrerequisitesTimeMillis"),
    ];

    /// <summary>Writes the object's value.</summary>
    internal static void Write(Utf8JsonWriter writer, string state, TimeSpan elapsed, TimeSpan queued)
    {
        writer.WriteStartObject();
        writer.WriteString("state"u8, state);
        writer.WriteBoolean("queued"u8, state == Queued);
        writer.WriteBoolean("scheduled"u8, state is Running or Finished);
        writer.WriteBoolean("waitingForPrerequisites"u8, false);
        foreach (var zero in Zeros)
            writer.WriteNumber(zero, 0);
        writer.WriteNumber("queuedTimeMillis"u8, Millis(queued));
        writer.WriteNumber("elapsedTimeMillis"u8, Millis(elapsed));
        writer.WriteEndObject();
    }

    /// <summary>A coordinator's own of a whole page; null where it has none, or more than is worth keeping.</summary>
    public static byte[]? Of(PageScanner page)
    {
        var fields = new FieldReader(page.Held, complete: true);
        while (fields.Next())
        {
            if (fields.Kind == PageField.Stats && fields.End - fields.ValueStart <= MostKept)
                return page.Held[fields.ValueStart..fields.End].ToArray();
        }
        return null;
    }

    private static long Millis(TimeSpan time) => Math.Max(0, (long)time.TotalMilliseconds);
}
