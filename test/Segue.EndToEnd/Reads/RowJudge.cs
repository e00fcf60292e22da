using System.Text.Json;

namespace Segue.EndToEnd.Reads;

/// <summary>Looks at the rows of one result as they come, and says at its end what is wrong with it.</summary>
internal interface IRowJudge
{
    void Add(JsonElement row);

    /// <summary>What differs from a quiet run's result, or null.</summary>
    string? Verdict();
}

/// <summary>What a result must be.</summary>
internal interface IExpectation
{
    IRowJudge Begin();
}

/// <summary>Learns from the rows of a quiet run what each later result must be.</summary>
internal interface ILesson
{
    void Add(JsonElement row);

    IExpectation Learned();
}
