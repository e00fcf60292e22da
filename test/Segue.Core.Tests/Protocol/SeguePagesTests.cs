using System.Text.Json;
using Segue.Core.Protocol;

namespace Segue.Core.Tests.Protocol;

public sealed class SeguePagesTests
{
    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);

    public static TheoryData<string, string, string[]> Pages => new()
    {
        { "QUEUED", Written(o => SeguePages.Queued("q", "http://s/i", "http://s/n?a&b", Second, o)),
            ["id", "infoUri", "nextUri", "stats", "warnings"] },
        { "FAILED", Written(o => SeguePages.Failed("q", "http://s/i", new PageError("E", 7, "EXTERNAL", "é \"x\""), Second, o)),
            ["id", "infoUri", "error", "stats", "warnings"] },
        { "FINISHED", Written(o => SeguePages.Finished(Dialect.Presto, "q", "http://s/i", "ROLLBACK", Second, o)),
            ["id", "infoUri", "columns", "data", "updateType", "stats", "warnings"] },
        { "FINISHED", Written(o => SeguePages.Finished(Dialect.Trino, "q", "http://s/i", "ROLLBACK", Second, o)),
            ["id", "infoUri", "columns", "updateType", "stats", "warnings"] },
        { "FINISHED", Written(o => SeguePages.Written("q", "http://s/i", "INSERT", 7, true, Second, o)),
            ["id", "infoUri", "columns", "data", "updateType", "updateCount", "stats", "warnings"] },
        { "FINISHED", Written(o => SeguePages.Written("q", "http://s/i", "INSERT", 7, false, Second, o)),
            ["id", "infoUri", "columns", "updateType", "updateCount", "stats", "warnings"] },
        { "FINISHED", Written(o => SeguePages.Written("q", "http://s/i", "MERGE", null, true, Second, o)),
            ["id", "infoUri", "columns", "updateType", "stats", "warnings"] },
    };

    [Theory]
    [MemberData(nameof(Pages))]
    public void A_page_of_our_own_has_the_fields_that_clients_want_and_no_null(string state, string page, string[] fields)
    {
        var root = JsonDocument.Parse(page).RootElement;

        root.EnumerateObject().Select(field => field.Name).ShouldBe(fields);
        page.ShouldNotContain("null");
        var stats = root.GetProperty("stats");
        stats.GetProperty("state").GetString().ShouldBe(state);
        stats.GetProperty("elapsedTimeMillis").GetUInt64().ShouldBe(1000UL);
        foreach (var name in new[]
        {
            "nodes", "totalSplits", "queuedSplits", "runningSplits", "completedSplits", "cpuTimeMillis", "wallTimeMillis", "queuedTimeMillis",
            "processedRows", "processedBytes", "physicalInputBytes", "peakMemoryBytes", "peakTotalMemoryBytes", "peakTaskTotalMemoryBytes",
            "spilledBytes", "userTimeMillis", "waitingForPrerequisitesTimeMillis",
        })
            stats.GetProperty(name).TryGetUInt64(out _).ShouldBeTrue(name);
        foreach (var name in new[] { "queued", "scheduled", "waitingForPrerequisites" })
            stats.GetProperty(name).ValueKind.ShouldBeOneOf(JsonValueKind.True, JsonValueKind.False);
    }

    [Fact]
    public void An_error_page_has_all_that_clients_read_of_an_error()
    {
        var page = Written(o => SeguePages.Failed("q", "i", new PageError("E", 7, "EXTERNAL", "é \"x\""), Second, o));

        var error = JsonDocument.Parse(page).RootElement.GetProperty("error");
        PageFeeding.Whole(page).Scanner.ReadFacts()!.Error.ShouldBe(new PageError("E", 7, "EXTERNAL", "é \"x\""));
        error.GetProperty("failureInfo").EnumerateObject().Select(field => field.Name).ShouldBe(["type", "message", "suppressed", "stack"]);
    }

    private static string Written(Action<System.Buffers.IBufferWriter<byte>> write) => PageFeeding.Written(write);
}
