using Segue.Rehearsal.Sql;
using Segue.Rehearsal.Tasks;

namespace Segue.Rehearsal.Statements;

/// <summary>Takes a query from its first poll to its end: queue, workers, task, rows.</summary>
internal sealed class QueryExecution(RehearsalOptions options, Cluster cluster, StatementRunner runner, Func<bool> starting)
{
    /// <summary>query-manager.required-workers-max-wait.</summary>
    private static readonly TimeSpan WorkersMaxWait = TimeSpan.FromMinutes(5);

    public async Task RunAsync(Query query)
    {
        try
        {
            await Task.Delay(options.FirstPollDelay, options.Time, query.Ended);
            if (starting())
                throw new QueryException(QueryError.StartingUp());
            var tokens = SqlTokens.Of(query.Request.Sql);
            if (tokens.Count == 0)
                throw new QueryException(QueryError.Syntax("line 1:1: mismatched input '<EOF>'. Expecting: <query>"));
            tokens = Prepared.Resolve(tokens, query.Request);
            if (!StatementRunner.NeedsWorker(tokens))
            {
                query.Enter("RUNNING");
                await runner.RunAsync(query, tokens);
            }
            else
            {
                query.Enter("WAITING_FOR_RESOURCES");
                if (!await cluster.WaitForWorkerAsync(WorkersMaxWait, query.Ended))
                    throw new QueryException(QueryError.NoWorkers());
                query.Enter("RUNNING");
                await using var task = await cluster.StartTaskAsync(query);
                await runner.RunAsync(query, tokens);
            }
            query.Finish();
        }
        catch (QueryException failure)
        {
            query.Fail(failure.Error);
        }
        catch (OperationCanceledException) when (query.Done)
        {
            // it was ended from outside, and says so already
        }
        catch (Exception failure) when (!query.Done)
        {
            query.Fail(QueryError.Internal(failure.Message));
        }
    }
}
