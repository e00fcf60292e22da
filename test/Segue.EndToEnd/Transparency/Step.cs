namespace Segue.EndToEnd.Transparency;

/// <summary>Something that a client does.</summary>
internal abstract record Step
{
    /// <summary>Header lines of this request alone.</summary>
    public (string Name, string Value)[] Headers { get; init; } = [];

    /// <summary>Runs a statement to its end.</summary>
    /// <param name="Ends">What a real engine ends it with: FINISHED, an error's name, or the status that refuses its POST.</param>
    public sealed record Run(string Sql, string Ends = "FINISHED", Compared Rows = Compared.InOrder) : Step
    {
        public string Target { get; init; } = "/v1/statement";
    }

    /// <summary>Begins a statement that runs long, and cancels it while it runs.</summary>
    public sealed record Cancel(string Sql, bool ByQueryId = false) : Step;

    /// <summary>Any other request; <c>{id}</c> is the id of the statement before.</summary>
    public sealed record Ask(string Method, string Target, string? Body = null) : Step;

    public static implicit operator Step(string sql) => new Run(sql);
}

/// <summary>How far two runs of a statement must give the same rows.</summary>
internal enum Compared
{
    InOrder,
    AsMultiset,

    /// <summary>Only that there are rows: their text is each run's own.</summary>
    Not,
}

/// <summary>Steps of one client, one after the other in one session.</summary>
internal sealed record Talk(string Name, params Step[] Steps)
{
    /// <summary>True where the rehearsal would never come to an end.</summary>
    public bool OnlyReal { get; init; }
}
