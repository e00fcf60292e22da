using System.Text.Json;

namespace Segue.Core.Protocol;

/// <summary>The <c>stats</c> of pages that Segue makes: the fields that clients were seen to want, no percentages, no stages.</summary>
internal static class PageStats
{
    public const string Queued = "QUEUED";
    public const string Running = "RUNNING";
    public const string Finished = "FINISHED";
    public const string Failed = "FAILED";

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
    public static void Write(Utf8JsonWriter writer, string state, TimeSpan elapsed, TimeSpan queued)
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

    private static long Millis(TimeSpan time) => Math.Max(0, (long)time.TotalMilliseconds);
}
