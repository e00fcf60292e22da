using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Primitives;
using Segue.Core.Model;
using Segue.Core.Routing;

namespace Segue.Server.Gateway;

/// <summary>What became of a submit.</summary>
internal abstract record SubmitOutcome
{
    /// <summary>The coordinator gave it an id; nothing runs before the first poll.</summary>
    public sealed record Accepted(Attempt Attempt) : SubmitOutcome;

    /// <summary>The coordinator's own refusal (credentials, a malformed header): the client's to see.</summary>
    public sealed record Answered(HttpResponseMessage Response) : SubmitOutcome;

    /// <summary>No coordinator has it; it may be submitted again (PrestoDB 0.234, Trino 312 and later).</summary>
    public sealed record NotSent : SubmitOutcome;
}

/// <summary>Sends a statement to a coordinator, which only registers it (protocol.md §1.1).</summary>
internal sealed class StatementSubmit(GatewayServices gateway, HttpContext context)
{
    private const int MaxAnswer = 4 << 20;

    /// <param name="inTransaction">Its coordinator is the transaction's, active or not (R6.6); else the epoch decides (R1.3).</param>
    public async Task<SubmitOutcome> SendAsync(
        QueryHandle handle, Submission submission, RoutingSnapshot snapshot, string coordinator, bool inTransaction, CancellationToken cancellation)
    {
        using var lease = inTransaction ? null : gateway.Cluster.TryEnter(snapshot.Epoch, coordinator);
        if ((lease is null && !inTransaction) || gateway.Coordinator(coordinator) is not { } client)
            return new SubmitOutcome.NotSent();
        using var watch = new SnapshotWatch(gateway.Cluster, now => !inTransaction && now.OpenTo != coordinator, cancellation);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(watch.Cancellation, lease?.Revoked ?? CancellationToken.None);
        try
        {
            using var request = Build(handle, submission, client);
            var response = await client.SendAsync(request, either.Token);
            return await JudgeAsync(response, snapshot, coordinator, request.Method == HttpMethod.Put, either.Token);
        }
        catch (Exception failed) when (failed is HttpRequestException or IOException || (failed is OperationCanceledException && !cancellation.IsCancellationRequested))
        {
            if (failed is not OperationCanceledException)
                gateway.Cluster.ReportFailure(coordinator, $"a statement could not be submitted: {failed.Message}");
            return new SubmitOutcome.NotSent();
        }
    }

    private HttpRequestMessage Build(QueryHandle handle, Submission submission, Upstream.CoordinatorClient client)
    {
        var transactionHeader = gateway.Dialect.Header("Transaction-Id");
        var headers = new List<KeyValuePair<string, StringValues>>(submission.Headers.Count);
        foreach (var header in submission.Headers)
        {
            if (submission.Transaction is { } tagged && header.Key.Equals(transactionHeader, StringComparison.OrdinalIgnoreCase))
                headers.Add(new(header.Key, TransactionTag.Split(tagged).Transaction));
            // R3.6: a later attempt runs with the poll's own credentials
            else if (header.Key.Equals("Authorization", StringComparison.OrdinalIgnoreCase) && context.Request.Headers.Authorization.Count > 0)
                headers.Add(new(header.Key, context.Request.Headers.Authorization));
            else
                headers.Add(header);
        }
        // never submitted again under an old id (R8.1): only the first run keeps an id that the client chose
        var again = handle.AttemptsUsed > 0 && submission.Method == HttpMethod.Put;
        return gateway.Calls.Build(
            client, again ? HttpMethod.Post : submission.Method, again ? "/v1/statement" : submission.PathAndQuery, headers, submission.Body, context);
    }

    /// <param name="chosenId">The id is the client's own and names no incarnation.</param>
    private async Task<SubmitOutcome> JudgeAsync(
        HttpResponseMessage response, RoutingSnapshot snapshot, string coordinator, bool chosenId, CancellationToken cancellation)
    {
        var status = (int)response.StatusCode;
        if (status is 502 or 503 or 504)
        {
            response.Dispose();
            gateway.Cluster.ReportFailure(coordinator, $"answered a submit with {status}");
            return new SubmitOutcome.NotSent();
        }
        if (status != 200)
            return new SubmitOutcome.Answered(response);
        using var page = new UpstreamPage(response, "");
        await page.ReadAsync(MaxAnswer, cancellation);
        if (page.Facts is not { Id: { } id, NextUri: { } next })
        {
            gateway.Cluster.ReportFailure(coordinator, page.Fault ?? "answered a submit without an id and a nextUri");
            return new SubmitOutcome.NotSent();
        }
        var incarnation = !chosenId && Incarnation.TryFromQueryId(id, out var known) ? known : (Incarnation?)null;
        gateway.Cluster.ReportAnswer(coordinator, incarnation);
        return new SubmitOutcome.Accepted(new Attempt
        {
            Place = new AttemptPlace(coordinator, snapshot.Coordinators[coordinator].Generation, incarnation),
            QueryId = id,
            NextPath = StatementPath.UpstreamOf(next),
        });
    }
}
