using Segue.Core.Model;
using Segue.Simulation.Clients;
using Segue.Simulation.World;

namespace Segue.Simulation.Engines;

internal sealed record PostAnswer(string? QueryId, string? NotReady);

/// <summary>One page; <see cref="Next"/> is below 0 on the last one.</summary>
internal sealed record PageAnswer(string QueryId, int Page, int[] Rows, int Next, string? Error);

/// <summary>The query is not known, or the page is not there any more.</summary>
internal sealed record NoPage(int Status);

/// <summary>One start of a coordinator: its incarnation, its queries, and what they do.</summary>
internal sealed class EngineProcess(SimWorld world, Coordinator home, Catalog catalog, string incarnation)
{
    private const int RowsOfAPage = 3;

    private readonly Dictionary<string, Query> _queries = [];
    private int _counter;

    public Incarnation Incarnation { get; } = new(incarnation);

    /// <summary>False once its process has ended; one that was replaced behind its back lives on unseen.</summary>
    public bool Alive { get; set; } = true;

    public string? Post(Statement statement, long epoch)
    {
        var id = $"{home.Wall:yyyyMMdd_HHmmss}_{_counter++:00000}_{incarnation}";
        _queries[id] = new Query(id, statement, home.Wall, epoch);
        return id;
    }

    public void Poll(Call call, string id, int page)
    {
        if (!_queries.TryGetValue(id, out var query))
        {
            call.Answer(new NoPage(404));
            return;
        }
        if (query.Last?.Page == page)
        {
            call.Answer(query.Last);
            return;
        }
        if (page != (query.Last?.Page ?? -1) + 1)
        {
            call.Answer(new NoPage(page > (query.Last?.Page ?? -1) ? 404 : 410));
            return;
        }
        if (!query.Begun && !query.Canceled)
            Begin(query);
        Page(call, query, page, world.Now + 300 * Time.Millisecond);
    }

    public void Cancel(string id, string why)
    {
        if (!_queries.TryGetValue(id, out var query) || query.Done)
            return;
        query.Canceled = true;
        query.Failed = why;
    }

    /// <summary>Ends what was created before a moment; writes are waited for.</summary>
    /// <returns>What was ended, and the epochs under which it had been sent.</returns>
    public List<(Statement Statement, long Epoch)> EndOld(DateTimeOffset before)
    {
        var ended = new List<(Statement, long)>();
        foreach (var query in _queries.Values)
        {
            if (query.Done || query.Created >= before || query.Statement.IsWrite)
                continue;
            ended.Add((query.Statement, query.Epoch));
            Cancel(query.Id, "ADMINISTRATIVELY_KILLED");
        }
        return ended;
    }

    private void Begin(Query query)
    {
        query.BegunAt = world.Now;
        var statement = query.Statement;
        var rows = new int[statement.IsWrite || statement.Kind == SimKind.Session ? 1 : statement.Rows];
        for (var at = 0; at < rows.Length; at++)
            rows[at] = statement.Kind == SimKind.Random ? world.Random.Below(1000) : statement.Number * 1000 + at;
        if (statement.IsWrite || statement.Kind == SimKind.Session)
            rows[0] = 1;
        else
            world.Random.Shuffle(rows);
        if (statement.Kind == SimKind.Ordered)
            rows = [.. rows.Order(Comparer<int>.Create(static (left, right) => (left / 4).CompareTo(right / 4)))];
        query.Rows = rows;
        statement.Runs.Add(new SimRun(query.Id, incarnation, rows));
        world.Say(home.Name, $"begins {statement} as {query.Id}");
        After(statement.Takes, () => Work(query));
    }

    private void Work(Query query)
    {
        if (query.Canceled)
            return;
        if (!query.Statement.IsWrite)
        {
            query.Done = true;
            return;
        }
        var (read, at) = (catalog.Pointer, home.Wall);
        // on its way: nothing that happens here can call it back
        world.After(query.Statement.CommitTakes, () =>
        {
            var taken = catalog.Commit(query.Statement, query.Id, read, at);
            After(Time.Millisecond, () =>
            {
                if (taken)
                    query.Done = true;
                else
                    Work(query);
            });
        });
    }

    private void Page(Call call, Query query, int page, long until)
    {
        if (home.Process != this || (call.Abandoned && !home.Network.IsCut(call.From, home)))
            return;
        var left = query.Rows.Length - query.Given;
        // reads give rows from the middle of their time on
        var ready = query.Done || (query.Begun && !query.Statement.IsWrite && world.Now > query.BegunAt + query.Statement.Takes / 2 && left > RowsOfAPage);
        if (!ready && !query.Canceled && world.Now < until)
        {
            After(40 * Time.Millisecond, () => Page(call, query, page, until));
            return;
        }
        if (query.Last?.Page == page)
        {
            call.Answer(query.Last);
            return;
        }
        // another request has asked for a later one meanwhile
        if (page != (query.Last?.Page ?? -1) + 1)
        {
            call.Answer(new NoPage(410));
            return;
        }
        query.Last = query.Canceled && !query.Done
            ? new PageAnswer(query.Id, page, [], -1, query.Failed)
            : Take(query, page, ready ? Math.Min(left, RowsOfAPage) : 0);
        call.Answer(query.Last);
    }

    private static PageAnswer Take(Query query, int page, int count)
    {
        var rows = query.Rows[query.Given..(query.Given + count)];
        query.Given += count;
        return new PageAnswer(query.Id, page, rows, query.Done && query.Given == query.Rows.Length ? -1 : page + 1, null);
    }

    private void After(long delay, Action action) => world.After(delay, () => home.Run(this, action));

    private sealed class Query(string id, Statement statement, DateTimeOffset created, long epoch)
    {
        public string Id => id;

        public long Epoch => epoch;

        public Statement Statement => statement;

        public DateTimeOffset Created => created;

        public bool Begun => BegunAt is not null;

        public long? BegunAt { get; set; }

        public bool Canceled { get; set; }

        public string? Failed { get; set; }

        public bool Done { get; set; }

        public int[] Rows { get; set; } = [];

        public int Given { get; set; }

        public PageAnswer? Last { get; set; }
    }
}
