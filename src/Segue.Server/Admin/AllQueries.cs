using System.Collections.Immutable;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace Segue.Server.Admin;

/// <summary>What was found of a query.</summary>
/// <param name="Silent">Members that have not answered, and may know more.</param>
internal readonly record struct Found<T>(T? Report, ImmutableArray<string> Silent)
    where T : class;

/// <summary>Every query of the deployment, whichever member is asked: this one tells of its own and asks the others of theirs.</summary>
/// <param name="me">This member's id.</param>
/// <param name="others">Null where this member is all there is.</param>
internal sealed class AllQueries(string me, OwnQueries own, IMemberQuestions? others)
{
    /// <summary>One that can be heard answers in milliseconds.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(1);

    /// <summary>The coordinator is told, and the query's turn waited for; together with the search less than <c>segue queries</c> waits.</summary>
    private static readonly TimeSpan CancelPatience = TimeSpan.FromMilliseconds(3500);

    public async Task<QueryListReport> ListAsync()
    {
        var mine = own.List();
        if (others is not { Live.Count: > 0 })
            return mine;
        var told = await AskAllAsync(MemberAnswers.TargetOf(null), AdminJson.Default.QueryListReport);
        var queries = told.Append(new Told<QueryListReport>(me, true, mine))
            .SelectMany(static one => one.Report?.Queries.Select(query => query with { Member = one.Member }) ?? [])
            .GroupBy(static query => query.Id)
            .Select(Truest)
            .OrderBy(static query => query.CreatedAt)
            .ToImmutableArray();
        return mine with
        {
            Queries = [.. queries.Take(OwnQueries.Most)],
            LeftOut = mine.LeftOut + told.Sum(static one => one.Report?.LeftOut ?? 0) + Math.Max(0, queries.Length - OwnQueries.Most),
            Missing = Silent(told),
        };
    }

    public async Task<Found<QueryReport>> FindAsync(string id)
    {
        var mine = own.Find(id);
        if (others is not { Live.Count: > 0 })
            return new(mine, []);
        if (mine is not null)
            return new(mine with { Member = me }, []);
        var told = await AskAllAsync(MemberAnswers.TargetOf(id), AdminJson.Default.QueryReport);
        var known = told.Where(static one => one.Report is not null).Select(static one => one.Report! with { Member = one.Member }).ToList();
        return new(known.Count == 0 ? null : Truest(known), Silent(told));
    }

    /// <summary>By the member that serves it (R3.2).</summary>
    public async Task<Found<CancelReport>> CancelAsync(string id)
    {
        var (query, silent) = await FindAsync(id);
        if (query is null)
            return new(null, silent);
        if (query.Member is null || query.Member == me)
            return new(await own.CancelAsync(id), silent);
        return await others!.AskAsync(query.Member, HttpMethod.Delete, MemberAnswers.TargetOf(id), CancelPatience) is { } answer
            ? new(Read(answer, AdminJson.Default.CancelReport), silent)
            : new(new CancelReport(query.Id, $"Member {query.Member} was told to cancel query {query.Id} and did not answer: ask again.", Done: false), silent);
    }

    private async Task<Told<T>[]> AskAllAsync<T>(string target, JsonTypeInfo<T> type)
        where T : class
    {
        return await Task.WhenAll(others!.Live.Select(AskAsync));

        async Task<Told<T>> AskAsync(string member)
        {
            try
            {
                var answer = await others.AskAsync(member, HttpMethod.Get, target, Patience);
                return new(member, answer is not null, answer is null ? null : Read(answer, type));
            }
            catch (JsonException)
            {
                // of another version
                return new(member, false, null);
            }
        }
    }

    private static T? Read<T>(MemberAnswer answer, JsonTypeInfo<T> type)
        where T : class => answer.Status == 200 ? JsonSerializer.Deserialize(answer.Body, type) : null;

    private static ImmutableArray<string> Silent<T>(IEnumerable<Told<T>> told)
        where T : class => [.. told.Where(static one => !one.Answered).Select(static one => one.Member)];

    /// <summary>Of what members tell of one query: one that stood still does not know yet that another has taken it over.</summary>
    private static QueryReport Truest(IEnumerable<QueryReport> told) =>
        told.OrderBy(static query => query.TakenFrom is null).First();

    private readonly record struct Told<T>(string Member, bool Answered, T? Report)
        where T : class;
}
