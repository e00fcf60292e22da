using Microsoft.Extensions.Primitives;
using Segue.Core.Model;
using Segue.Core.Routing;
using Segue.Server.Gateway.Clients;
using Segue.Server.Gateway.Pages;
using Segue.Server.Gateway.Queries;
using Segue.Server.Upstream;

namespace Segue.Server.Gateway.Statements;

/// <summary>What became of a submit.</summary>
internal abstract record SubmitOutcome
{
    /// <summary>The coordinator gave it an id; nothing runs before the first poll.</summary>
    /// <param name="Response">For its headers; its body was read.</param>
    public sealed record Accepted(Attempt Attempt, HttpResponseMessage Response) : SubmitOutcome;

    /// <summary>The coordinator's own refusal (credentials, a malformed header): the client's to see.</summary>
    public sealed record Answered(HttpResponseMessage Response) : SubmitOutcome;

    /// <summary>No coordinator has it; it may be submitted again (PrestoDB 0.234, Trino 312 and later).</summary>
    public sealed record NotSent : SubmitOutcome;

    /// <summary>Its coordinator begins statements at the POST, and may have begun this one, which must not begin twice (R6.2).</summary>
    public sealed record Lost : SubmitOutcome;
}

/// <summary>Sends a statement to a coordinator, which only registers it, unless it is an old one (protocol.md §1.1).</summary>
internal sealed class StatementSubmit(GatewayServices gateway, ClientCall call)
{
    private const int MaxAnswer = 4 << 20;

    /// <param name="inTransaction">Its coordinator is the transaction's, active or not (R6.6); else the epoch decides (R1.3).</param>
    public async Task<SubmitOutcome> SendAsync(
        QueryHandle handle, Submission submission, RoutingSnapshot snapshot, string coordinator, bool inTransaction, CancellationToken cancellation)
    {
        using var lease = inTransaction ? null : gateway.Cluster.TryEnter(snapshot.Epoch, coordinator);
        if ((lease is null && !inTransaction) || gateway.Coordinator(coordinator) is not { } client)
            return new SubmitOutcome.NotSent();
        var route = snapshot.Coordinators[coordinator];
        var place = new AttemptPlace(coordinator, route.Generation, null);
        var connection = route.ExecutesOnPost && handle.MayHaveEffects ? new OnlyConnection() : null;
        using var watch = new SnapshotWatch(
            gateway.Cluster,
            now => connection is not null ? place.FateIn(now) == AttemptFate.Lost
                : inTransaction ? place.FateIn(now) is AttemptFate.Lost or AttemptFate.Unknown
                : now.OpenTo != coordinator,
            cancellation);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(watch.Cancellation, lease?.Revoked ?? CancellationToken.None);
        try
        {
            using var request = Build(handle, submission, client);
            var response = await call.For(connection is null ? client.SendAsync(request, either.Token) : client.SendOnceAsync(request, connection, either.Token));
            return await JudgeAsync(response, snapshot, coordinator, beginsOnce: connection is not null, either.Token);
        }
        // a reload may take the client away between the look and the send
        catch (Exception failed) when (failed is HttpRequestException or IOException or ObjectDisposedException || (failed is OperationCanceledException && !cancellation.IsCancellationRequested))
        {
            if (failed is not OperationCanceledException)
                gateway.Cluster.ReportFailure(coordinator, $"a statement could not be submitted: {failed.Message}");
            return connection is { Sent: true } ? new SubmitOutcome.Lost() : new SubmitOutcome.NotSent();
        }
    }

    private HttpRequestMessage Build(QueryHandle handle, Submission submission, CoordinatorClient client)
    {
        var transactionHeader = gateway.Dialect.Header("Transaction-Id");
        // R3.6: a later attempt runs with the poll's own credentials
        var own = call.Context.Request.Headers.Authorization;
        var headers = new List<KeyValuePair<string, StringValues>>(submission.Headers.Count + 1);
        foreach (var header in submission.Headers)
        {
            if (submission.Transaction is { } tagged && header.Key.Equals(transactionHeader, StringComparison.OrdinalIgnoreCase))
                headers.Add(new(header.Key, TransactionTag.Split(tagged).Transaction));
            else if (own.Count == 0 || !header.Key.Equals("Authorization", StringComparison.OrdinalIgnoreCase))
                headers.Add(header);
        }
        if (own.Count > 0)
            headers.Add(new("Authorization", own));
        // never submitted again under an old id (R8.1): only the first run keeps an id that the client chose
        var again = handle.Submits > 0 && submission.Method == HttpMethod.Put;
        return gateway.Calls.Build(
            client, again ? HttpMethod.Post : submission.Method, again ? "/v1/statement" : submission.PathAndQuery, headers, submission.Body, call.Context);
    }

    /// <param name="beginsOnce">The POST begins the statement, which must not begin twice.</param>
    private async Task<SubmitOutcome> JudgeAsync(
        HttpResponseMessage response, RoutingSnapshot snapshot, string coordinator, bool beginsOnce, CancellationToken cancellation)
    {
        var status = (int)response.StatusCode;
        if (status is 502 or 503 or 504)
        {
            response.Dispose();
            gateway.Cluster.ReportFailure(coordinator, $"answered a submit with {status}");
            return beginsOnce ? new SubmitOutcome.Lost() : new SubmitOutcome.NotSent();
        }
        if (status != 200)
            return new SubmitOutcome.Answered(response);
        using var page = new UpstreamPage(response, "");
        await page.ReadAsync(MaxAnswer, call, cancellation);
        if (page.Facts is not { Id: { } id, NextUri: { } next })
        {
            gateway.Cluster.ReportFailure(coordinator, page.Fault ?? "answered a submit without an id and a nextUri");
            return beginsOnce ? new SubmitOutcome.Lost() : new SubmitOutcome.NotSent();
        }
        // an id of the client's own names none
        var chosen = response.RequestMessage?.Method == HttpMethod.Put;
        var incarnation = !chosen && Incarnation.TryFromQueryId(id, out var known) ? known : (Incarnation?)null;
        gateway.Cluster.ReportAnswer(coordinator, incarnation);
        var route = snapshot.Coordinators[coordinator];
        var attempt = new Attempt
        {
            Place = new AttemptPlace(coordinator, route.Generation, incarnation),
            QueryId = id,
            NextPath = StatementPath.UpstreamOf(next),
            MayHaveBegun = route.ExecutesOnPost,
        };
        return new SubmitOutcome.Accepted(attempt, response);
    }
}
