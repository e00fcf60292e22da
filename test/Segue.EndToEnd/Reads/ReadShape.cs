namespace Segue.EndToEnd.Reads;

internal enum ReadSize
{
    /// <summary>Its result is short: fast clients run it.</summary>
    Small,

    /// <summary>Some megabytes: slow clients take seconds for them.</summary>
    Large,

    /// <summary>One client runs nothing else.</summary>
    Huge,

    /// <summary>The same, for a run of its own.</summary>
    Giga,
}

/// <summary>A kind of statement, and how two results of it are compared.</summary>
/// <param name="Lesson">How what it must give is learned from a quiet run.</param>
internal sealed record ReadShape(string Name, string Sql, ReadSize Size, Func<ILesson> Lesson)
{
    /// <summary>False where the engine gives other rows at each run, so that rows that were delivered may have no continuation.</summary>
    public bool IsDeterministic { get; init; } = true;

    /// <summary>What the quiet run runs in its place.</summary>
    public string? QuietSql { get; init; }

    /// <summary>A statement that the session has prepared as <c>p</c>.</summary>
    public string? Prepared { get; init; }

    public (string Header, string Value)[] Session => Prepared is null ? [] : [("Prepared-Statement", "p=" + Uri.EscapeDataString(Prepared))];
}
