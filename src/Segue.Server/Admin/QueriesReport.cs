using System.Collections.Immutable;
using System.Text.Json.Serialization;

namespace Segue.Server.Admin;

/// <summary>What the admin port knows of this member's queries and may do to them.</summary>
public interface IQueryDesk
{
    /// <summary>Those that have not ended, oldest first.</summary>
    ImmutableArray<QueryReport> Live();

    /// <summary>By the client's id or by that of one of its runs, also for a while after its end.</summary>
    QueryReport? Find(string id);

    /// <summary>Null where there is no such query. From its return on no run of it begins.</summary>
    Task<CancelReport?> CancelAsync(string id);
}

/// <summary>What <c>/api/queries</c> answers, in camelCase. Fields are added, never renamed; times are UTC.</summary>
public sealed record QueryListReport
{
    /// <summary>When this was read, by the clock of the member that answers.</summary>
    public required DateTimeOffset At { get; init; }

    /// <summary>Oldest first.</summary>
    public required ImmutableArray<QueryReport> Queries { get; init; }

    /// <summary>Younger ones that did not fit.</summary>
    public required int LeftOut { get; init; }

    /// <summary>Ids of members that did not answer: their queries are not here.</summary>
    public required ImmutableArray<string> Missing { get; init; }
}

/// <summary>One query, from the client's POST on.</summary>
public sealed record QueryReport
{
    /// <summary>The client's id: that of the first run, or one that Segue made.</summary>
    public required string Id { get; init; }

    public required string Cluster { get; init; }

    /// <summary>The id of the member that serves it; absent where there is one alone.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Member { get; init; }

    /// <summary>The id of the member that owned it before; absent where its client sent it to this one.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? TakenFrom { get; init; }

    /// <summary>Null where Segue knows of the query by its token alone, and to who does not ask from this machine.</summary>
    public string? User { get; init; }

    /// <summary>The first 100 characters without comments and literals; null where <see cref="User"/> is.</summary>
    public string? Statement { get; init; }

    public required bool MayHaveEffects { get; init; }

    /// <summary><c>running</c>, <c>held</c>, <c>recovering</c>; <c>finished</c>, <c>failed</c>, <c>canceled</c>.</summary>
    public required string State { get; init; }

    public required DateTimeOffset CreatedAt { get; init; }

    /// <summary>Since when it waits for a run that answers; null while one does.</summary>
    public DateTimeOffset? WaitingSince { get; init; }

    public required long RowsDelivered { get; init; }

    public required ImmutableArray<RunReport> Runs { get; init; }

    /// <summary>What happened, oldest first; the last one is how it stands.</summary>
    public required ImmutableArray<MomentReport> Story { get; init; }

    /// <summary>Moments behind the eighth that were given up for room.</summary>
    public required int StoryLeftOut { get; init; }
}

/// <param name="QueryId">The coordinator's own id of it.</param>
/// <param name="RowsDelivered">Rows of this run that the client was sent.</param>
/// <param name="Why">Why it was begun.</param>
public sealed record RunReport(string Coordinator, string QueryId, DateTimeOffset At, long RowsDelivered, string Why);

public sealed record MomentReport(DateTimeOffset At, string Sentence);

/// <summary>What <c>DELETE /api/queries/{id}</c> answers.</summary>
/// <param name="Id">The client's id.</param>
/// <param name="Done">False where it had ended before.</param>
public sealed record CancelReport(string Id, string Sentence, bool Done = true);
