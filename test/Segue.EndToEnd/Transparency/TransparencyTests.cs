using Segue.Core.Protocol;
using Segue.EndToEnd.Engines;

namespace Segue.EndToEnd.Transparency;

/// <summary>Through Segue and directly, side by side: the same columns, rows, errors, warnings, updates and headers.</summary>
public abstract class TransparencyTests(TransparentEngine engine)
{
    protected async Task CompareAsync(string name)
    {
        if (engine.Real)
            RealEngine.Require();
        var talk = Talks.Of(engine.Dialect).Single(talk => talk.Name == name);
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
