using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Segue.Core.Model;
using Segue.Core.Routing;
using Segue.Server.Admin;
using Segue.Server.Discovery;
using Segue.Server.Gateway.Clients;
using Segue.Server.Gateway.Owners;
using Segue.Server.Gateway.Queries;
using Segue.Server.Gateway.Statements;

namespace Segue.Server.Gateway;

/// <summary>The client port: tells what a request is, and who answers it.</summary>
internal sealed class Gateway(GatewayServices gateway, DiscoveryFront discovery, SegueHealth health)
{
    private readonly StatementGateway _statements = new(gateway);
    private readonly PassThrough _through = new(gateway.Calls);
    private readonly OwnerDesk? _owners = gateway.Others is { } others ? new OwnerDesk(gateway, others) : null;

    public async Task HandleAsync(HttpContext context)
    {
        var target = Target(context);
        // a client that keeps its connection would stay to the end
        if (health.IsStopping && HttpProtocol.IsHttp11(context.Request.Protocol))
            context.Response.Headers.Connection = "close";
        var request = RequestClassifier.Classify(context.Request.Method, target);
        try
        {
            await RouteAsync(context, target, request);
        }
        catch (OperationCanceledException) when (context.RequestAborted.IsCancellationRequested)
        {
            // the client went away; its upstream request ended with it
        }
        catch (OperationCanceledException)
        {
            if (context.Response.HasStarted)
                context.Abort();
            else
                await PlainAnswer.GoneAsync(context, "Another request for this page took over.");
        }
        catch (Exception failed) when (failed is HttpRequestException or IOException)
        {
            if (context.Response.HasStarted)
                context.Abort();
            else
                await PlainAnswer.SayAsync(context, StatusCodes.Status502BadGateway, $"The coordinator broke off: {failed.Message}");
        }
    }

    /// <summary>Whether a request is about a query that this member follows.</summary>
    public bool Follows(string target) =>
        RequestClassifier.Classify("GET", target) is { Kind: RequestKind.Query, Id: { } id } && gateway.Book.TryGet(id, out var handle) && handle.Owner is null;

    private Task RouteAsync(HttpContext context, string target, RequestClass request) => request.Kind switch
    {
        not (RequestKind.Announcement or RequestKind.ServiceLookup or RequestKind.Announce or RequestKind.Health)
            when gateway.Config.TakesHttpsOnly && !ClientOrigin.Of(context, gateway.Calls.TrustedProxies).IsSecure =>
            PlainAnswer.SayAsync(context, StatusCodes.Status403Forbidden, "This cluster takes requests over https only."),
        RequestKind.SubmitStatement => _statements.SubmitAsync(context, target, request.Id),
        RequestKind.PollStatement when StatementPath.TryParse(target, out var path) => PollAsync(context, path, target),
        RequestKind.PollStatement => PlainAnswer.SayAsync(context, StatusCodes.Status404NotFound, "This is not a nextUri that Segue wrote."),
        RequestKind.Query => QueryAsync(context, target, request.Id!),
        RequestKind.PartialCancel => ForwardAsync(context, target, CoordinatorOf(request.Id!)),
        RequestKind.Announcement or RequestKind.ServiceLookup or RequestKind.Announce => discovery.HandleAsync(context),
        RequestKind.Health => HealthAsync(context, target),
        RequestKind.Internal => PlainAnswer.SayAsync(context, StatusCodes.Status403Forbidden, "This path is the engine's own and does not pass from the client port."),
        RequestKind.Ambiguous => PlainAnswer.SayAsync(context, StatusCodes.Status400BadRequest, "This path could be read in two ways and is refused."),
        RequestKind.CheckStatement or RequestKind.Other => ForwardAsync(context, target, gateway.Cluster.Current.Active),
        _ => throw new InvalidOperationException($"no such request: {request.Kind}"),
    };

    private Task PollAsync(HttpContext context, StatementPath path, string target) => context.Request.Method switch
    {
        "GET" => _statements.PollAsync(context, path, target),
        "DELETE" => _statements.CancelAsync(context, path, target),
        "HEAD" => _statements.HeartbeatAsync(context, path, target),
        _ => PlainAnswer.SayAsync(context, StatusCodes.Status405MethodNotAllowed, "A nextUri takes GET, HEAD and DELETE."),
    };

    /// <summary>For load balancers in front (R10.4).</summary>
    private Task HealthAsync(HttpContext context, string target)
    {
        var verdict = target.Contains("/health/live", StringComparison.Ordinal) ? new HealthVerdict(true, SegueHealth.Alive) : health.Ready();
        return PlainAnswer.SayAsync(context, verdict.Ready ? StatusCodes.Status200OK : StatusCodes.Status503ServiceUnavailable, verdict.Sentence);
    }

    /// <summary>The id is the one the client knows; the coordinator may know the query by another (R3.7).</summary>
    private async Task QueryAsync(HttpContext context, string target, string id)
    {
        if (!gateway.Book.TryGet(id, out var handle) || handle.Owner is not null)
        {
            if (_owners is null || !await _owners.PassToWhoFollowsAsync(context, target))
                await ForwardAsync(context, target, CoordinatorOf(id));
        }
        else if (!await new QueryRequests(gateway, _statements).TryAnswerAsync(context, handle, target))
            await ForwardAsync(context, target.Replace(id, handle.Attempt!.QueryId, StringComparison.Ordinal), handle.Attempt.Place.Coordinator);
    }

    /// <summary>Who made a query or stage id: its incarnation's coordinator, else the active one.</summary>
    private string? CoordinatorOf(string id)
    {
        var snapshot = gateway.Cluster.Current;
        if (Incarnation.TryFromQueryId(id.AsSpan(0, Math.Min(27, id.Length)), out var incarnation)
            && TransactionTag.Home(snapshot, incarnation) is { } home)
            return home.Name;
        return snapshot.Active;
    }

    private async Task ForwardAsync(HttpContext context, string target, string? coordinator)
    {
        if (context.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } size)
            size.MaxRequestBodySize = null;
        if (coordinator is null || gateway.Coordinator(coordinator) is not { } client)
        {
            await PlainAnswer.SayAsync(context, StatusCodes.Status503ServiceUnavailable, $"No coordinator is active: {gateway.Cluster.Current.Reason}");
            return;
        }
        try
        {
            await _through.ForwardAsync(context, client, target);
        }
        catch (HttpRequestException failed) when (!context.Response.HasStarted)
        {
            gateway.Cluster.ReportFailure(coordinator, failed.Message);
            await PlainAnswer.SayAsync(context, StatusCodes.Status503ServiceUnavailable, $"{coordinator} did not answer: {failed.Message}");
        }
    }

    /// <summary>The request target as it came, without scheme and host where it has them.</summary>
    private static string Target(HttpContext context)
    {
        var raw = context.Features.GetRequiredFeature<IHttpRequestFeature>().RawTarget;
        return StatementPath.UpstreamOf(raw) ?? raw;
    }
}
