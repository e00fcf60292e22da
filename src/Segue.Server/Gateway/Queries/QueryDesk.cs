using System.Collections.Immutable;
using Segue.Core.Model;
using Segue.Server.Admin;

namespace Segue.Server.Gateway.Queries;

/// <summary>The queries of one cluster as the admin port shows and cancels them.</summary>
internal sealed class QueryDesk(GatewayServices gateway) : IQueryDesk
{
    public ImmutableArray<QueryReport> Live() =>
        [.. gateway.Book.Handles.Where(static handle => handle is { Ended: false, Owner: null }).OrderBy(static handle => handle.Created).Select(Report)];

    public QueryReport? Find(string id) => HandleOf(id) is { } handle ? Report(handle) : null;

    public async Task<CancelReport?> CancelAsync(string id)
    {
        if (HandleOf(id) is not { } handle)
            return null;
        if (handle.CanceledByOperator)
            return new CancelReport(handle.Id, $"Query {handle.Id} was cancelled before.", Done: false);
        return handle.Ended
            ? new CancelReport(handle.Id, $"Query {handle.Id} has ended already: {handle.Story.Moments[^1].Sentence}", Done: false)
            : await OperatorCancel.RunAsync(gateway, handle);
    }

    /// <summary>By the client's id, or by that of any run: an operator has it from a coordinator.</summary>
    private QueryHandle? HandleOf(string id)
    {
        var found = gateway.Book.TryGet(id, out var known)
            ? known
            : gateway.Book.Handles.FirstOrDefault(handle => handle.Story.Moments.Any(moment => moment.BeginsRun && moment.Text == id));
        // another member's is that one's to tell of and to end (R3.2)
        return found is { Owner: null } ? found : null;
    }

    private QueryReport Report(QueryHandle handle)
    {
        var moments = handle.Story.Moments;
        return new QueryReport
        {
            Id = handle.Id,
            Cluster = gateway.Config.Name,
            TakenFrom = handle.TakenFrom,
            User = handle.Submission?.User,
            Statement = handle.Submission?.Gist,
            MayHaveEffects = handle.MayHaveEffects,
            State = State(handle, moments),
            CreatedAt = Wall(handle.Created),
            WaitingSince = handle.Ended || handle.WaitingSince is not { } since ? null : Wall(since),
            RowsDelivered = handle.RowsDelivered,
            Runs = Runs(handle, moments),
            Story = [.. moments.Select(moment => new MomentReport(Wall(moment.At), moment.Sentence))],
            StoryLeftOut = handle.Story.LeftOut,
        };
    }

    private static string State(QueryHandle handle, ImmutableArray<Moment> moments) => handle switch
    {
        { CanceledByOperator: true } => "canceled",
        { Ended: true } => moments is [.., { Kind: MomentKind.Ended, Subject: "finished" or "canceled" } end] ? end.Subject : "failed",
        { Spool.IsWhole: true } => "delivering",
        { Attempt: not null, WaitingSince: null } => "running",
        { Submits: 0, LostPost: null } => "held",
        _ => "recovering",
    };

    /// <summary>A run is begun because the one before was left, or after a wait; its rows are those until the next one began.</summary>
    private ImmutableArray<RunReport> Runs(QueryHandle handle, ImmutableArray<Moment> moments)
    {
        var runs = ImmutableArray.CreateBuilder<RunReport>();
        string? why = null;
        foreach (var moment in moments)
        {
            if (moment.BeginsRun)
            {
                Close(moment.Rows);
                runs.Add(new RunReport(moment.Subject, moment.Text!, Wall(moment.At), moment.Rows, why ?? "The client sent it."));
                why = null;
            }
            else if (moment.Kind == MomentKind.Left)
                why = moment.Sentence;
            else if (moment.Kind == MomentKind.Waits)
                why ??= moment.Sentence;
        }
        Close(handle.RowsDelivered);
        return runs.ToImmutable();

        void Close(long rows)
        {
            if (runs.Count > 0)
                runs[^1] = runs[^1] with { RowsDelivered = rows - runs[^1].RowsDelivered };
        }
    }

    private DateTimeOffset Wall(Instant at) => gateway.Time.GetUtcNow() - (gateway.Now - at);
}
