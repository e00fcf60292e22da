using System.Text.Json;
using Segue.Core.Protocol;
using Segue.EndToEnd.Clients;
using Segue.EndToEnd.Engines;

namespace Segue.EndToEnd.Transparency;

/// <summary>Through Segue and directly, side by side: the same columns, rows, errors, warnings, updates and headers.</summary>
public abstract class TransparencyTests(TransparentEngine engine)
{
    /// <summary>Trino 483 has not quite so many that have a value.</summary>
    private const int ManyProperties = 100;

    [SkippableFact]
    public async Task Many_properties_of_the_session_on_a_header_line_each_are_heard()
    {
        if (engine.Real)
            RealEngines.Require();
        var lines = await PropertiesAsync();
        lines.Length.ShouldBeGreaterThan(ManyProperties / 4);
        await CompareAsync(new Talk("many properties", new Step.Run("SHOW SESSION") { Headers = lines }));
    }

    protected Task CompareAsync(string name)
    {
        if (engine.Real)
            RealEngines.Require();
        return CompareAsync(Talks.Of(engine.Dialect).Single(talk => talk.Name == name));
    }

    /// <summary>The engine's own switches with their own values (some refuse even the value that they show); the rehearsal has none and takes any.</summary>
    private async Task<(string Name, string Value)[]> PropertiesAsync()
    {
        var header = engine.Dialect.Header("Session");
        if (!engine.Real)
            return [.. Enumerable.Range(0, ManyProperties).Select(number => (header, $"property_{number}=a%2Cb"))];
        using var client = new StatementClient(engine.Coordinator, engine.Dialect);
        var rows = (await client.RunAsync("SHOW SESSION")).SelectMany(static page => page.Rows).Select(static row => JsonSerializer.Deserialize<string[]>(row)!);
        var own = rows.Where(static row => row[3] == "boolean" && !row[0].Contains('.')).Select(static row => (Name: row[0], Value: row[1])).ToList();
        while ((await client.RunAsync("SHOW SESSION", [.. own.Select(static one => ("Session", $"{one.Name}={one.Value}"))]))[^1] is { HasError: true } refused)
            own.RemoveAll(one => refused.Error.GetProperty("message").GetString()!.Contains(one.Name, StringComparison.Ordinal)).ShouldBeGreaterThan(0, refused.Error.ToString());
        return [.. own.Take(ManyProperties).Select(one => (header, $"{one.Name}={one.Value}"))];
    }

    private async Task CompareAsync(Talk talk)
    {
        var direct = await new RawClient(engine.Coordinator, engine.Coordinator, engine.Dialect).DoAsync(talk);
        var through = await new RawClient(engine.Through, engine.Coordinator, engine.Dialect).DoAsync(talk);

        Transcript.Difference(direct, through).ShouldBeNull();
        if (engine.Real)
            direct.Endings.ShouldBe(talk.Steps.OfType<Step.Run>().Select(static run => run.Ends));
    }
}

public sealed class RehearsedPrestoTransparency(RehearsedPrestoBehindSegue engine) : TransparencyTests(engine), IClassFixture<RehearsedPrestoBehindSegue>
{
    public static TheoryData<string> Names => Talks.Names(Dialect.Presto, real: false);

    [SkippableTheory]
    [MemberData(nameof(Names))]
    public Task A_client_sees_the_same_by_Segue(string talk) => CompareAsync(talk);
}

public sealed class RehearsedTrinoTransparency(RehearsedTrinoBehindSegue engine) : TransparencyTests(engine), IClassFixture<RehearsedTrinoBehindSegue>
{
    public static TheoryData<string> Names => Talks.Names(Dialect.Trino, real: false);

    [SkippableTheory]
    [MemberData(nameof(Names))]
    public Task A_client_sees_the_same_by_Segue(string talk) => CompareAsync(talk);
}

[Collection("real engines")]
public sealed class RealPrestoTransparency(RealPrestoBehindSegue engine) : TransparencyTests(engine), IClassFixture<RealPrestoBehindSegue>
{
    public static TheoryData<string> Names => Talks.Names(Dialect.Presto, real: true);

    [SkippableTheory]
    [MemberData(nameof(Names))]
    public Task A_client_sees_the_same_by_Segue(string talk) => CompareAsync(talk);
}

[Collection("real engines")]
public sealed class RealTrinoTransparency(RealTrinoBehindSegue engine) : TransparencyTests(engine), IClassFixture<RealTrinoBehindSegue>
{
    public static TheoryData<string> Names => Talks.Names(Dialect.Trino, real: true);

    [SkippableTheory]
    [MemberData(nameof(Names))]
    public Task A_client_sees_the_same_by_Segue(string talk) => CompareAsync(talk);
}
