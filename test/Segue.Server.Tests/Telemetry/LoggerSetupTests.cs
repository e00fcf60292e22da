using System.Text.Json;
using Microsoft.Extensions.Logging;
using Segue.Core.Configuration;
using Segue.Server.Telemetry;
using Segue.Server.Tests.Admin;

namespace Segue.Server.Tests.Telemetry;

public sealed class LoggerSetupTests
{
    private static readonly TimeProvider Time = new FrozenTime(new(2026, 3, 1, 12, 3, 4, TimeSpan.Zero));

    [Fact]
    public void On_a_terminal_an_event_is_its_sentence()
    {
        var lines = Lines(new LogConfig(), redirected: false, log => TestLog.Refused(log, "one:8321", 3));
        lines.ShouldBe(["12:03:04 warning: one:8321 refused 3 times."]);
    }

    [Fact]
    public void Otherwise_it_is_one_JSON_object_with_the_templates_fields()
    {
        var line = Lines(new LogConfig(), redirected: true, log => TestLog.Refused(log, "one:8321", 3)).ShouldHaveSingleItem();
        line.ShouldBe(
            """{"time":"2026-03-01T12:03:04Z","level":"warning","area":"Test","event":"Refused","id":9001,"message":"one:8321 refused 3 times.","Coordinator":"one:8321","Times":3}""");
    }

    [Fact]
    public void A_line_stays_one_line_whatever_is_in_it()
    {
        var line = Lines(new LogConfig { Format = LogFormat.Json }, redirected: false, log => TestLog.Refused(log, "a\nb\"c", 1)).ShouldHaveSingleItem();
        JsonDocument.Parse(line).RootElement.GetProperty("Coordinator").GetString().ShouldBe("a\nb\"c");
    }

    [Theory]
    [InlineData(LogLevelName.Debug, 2)]
    [InlineData(LogLevelName.Info, 1)]
    [InlineData(LogLevelName.Warning, 1)]
    [InlineData(LogLevelName.Error, 0)]
    public void The_level_decides_what_is_written(LogLevelName level, int expected)
    {
        var lines = Lines(new LogConfig { Level = level }, redirected: true, log =>
        {
            TestLog.Detail(log);
            TestLog.Refused(log, "one:8321", 3);
        });
        lines.Length.ShouldBe(expected);
    }

    [Fact]
    public void A_reader_that_stands_still_holds_up_nobody_and_is_told_what_it_missed()
    {
        using var output = new StandingWriter();
        using (var factory = LoggerSetup.Create(new LogConfig(), Time, output, redirected: true))
        {
            var log = factory.CreateLogger("Test");
            for (var i = 0; i < LogSink.Bound * 2; i++)
                TestLog.Refused(log, "one:8321", i);
            output.Go.Set();
        }

        output.ToString().ShouldContain("\"event\":\"LogLinesDropped\"");
    }

    private static string[] Lines(LogConfig config, bool redirected, Action<ILogger> act)
    {
        using var output = new StringWriter();
        using (var factory = LoggerSetup.Create(config, Time, output, redirected))
            act(factory.CreateLogger("Test"));
        return output.ToString().Split('\n', StringSplitOptions.RemoveEmptyEntries);
    }

    private sealed class StandingWriter : StringWriter
    {
        public ManualResetEventSlim Go { get; } = new();

        public override void WriteLine(string? value)
        {
            Go.Wait();
            base.WriteLine(value);
        }
    }
}

internal static partial class TestLog
{
    [LoggerMessage(9001, LogLevel.Warning, "{Coordinator} refused {Times} times.", EventName = "Refused")]
    public static partial void Refused(ILogger logger, string coordinator, int times);

    [LoggerMessage(9002, LogLevel.Debug, "A detail.", EventName = "Detail")]
    public static partial void Detail(ILogger logger);
}
