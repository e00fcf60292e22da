using System.Collections.Concurrent;
using Microsoft.AspNetCore.Http;
using Segue.Core.Model;
using Segue.Core.Routing;
using Segue.Server.Gateway.Clients;
using Segue.Server.Gateway.Statements;
using Segue.Server.Members.Passing;

namespace Segue.Server.Gateway.Owners;

/// <summary>Who a request of a query is for.</summary>
internal enum Part
{
    /// <summary>It has been answered.</summary>
    Answered,

    /// <summary>This member: it is the owner, or nobody else is any more.</summary>
    Own,

    /// <summary>Its owner does not answer, and its session lives: this member may poll the run that the token tells of, and nothing else (R3.1).</summary>
    Borrowed,

    /// <summary>Its owner does not answer, and what the request wants is the owner's alone (R3.2).</summary>
    Waits,
}

/// <summary>Brings each request to the member that owns its query (R3.2), and tells what this one may do where that one does not answer.</summary>
internal sealed class OwnerDesk(GatewayServices gateway, OtherMembers others)
{
    /// <summary>Longer than a session lives that is not renewed: by then the owner has answered or is no owner any more.</summary>
    private readonly TimeSpan _cancelPatience = others.Ttl * 3 + TimeSpan.FromSeconds(1);

    /// <summary>A store that is slower does not tell.</summary>
    private static readonly TimeSpan StorePatience = TimeSpan.FromMilliseconds(500);

    private const int MostWaiting = 10_000;

    private static readonly TimeSpan AskAgainAfter = TimeSpan.FromMilliseconds(150);

    /// <summary>Since when clients have been told to wait for an owner.</summary>
    private readonly ConcurrentDictionary<string, Instant> _waiting = new(StringComparer.Ordinal);

    /// <summary>A poll: it waits within the long poll, and is then answered with a page that has the same nextUri again.</summary>
    /// <returns>Never <see cref="Part.Waits"/>.</returns>
    public async Task<Part> OfPollAsync(ClientCall call, StatementPath path, QueryToken token, string target)
    {
        var begun = gateway.Now;
        while (true)
        {
            var part = await LookAsync(call, token, target);
            if (part != Part.Waits)
            {
                _waiting.TryRemove(token.Handle, out _);
                return part;
            }
            var now = gateway.Now;
            // I7: not for ever
            if (now - WaitingSince(token.Handle, begun) is var waited && waited > gateway.Config.Hold.MaxTime)
            {
                await OwnerPages.SendLostAsync(gateway, call, path, token.Traits.HasFlag(TokenTraits.MayHaveEffects), waited);
                return Part.Answered;
            }
            if (now - begun >= GatewayServices.LongPoll)
            {
                await OwnerPages.SendWaitingAsync(gateway, call, path, begun);
                return Part.Answered;
            }
            await call.For(Task.Delay(AskAgainAfter, gateway.Time, call.Aborted));
        }
    }

    /// <summary>A cancel has no page that says wait: it is answered when the owner does, or somebody else is the owner.</summary>
    /// <returns><see cref="Part.Answered"/> or <see cref="Part.Own"/>.</returns>
    public async Task<Part> OfCancelAsync(ClientCall call, QueryToken token, string target)
    {
        for (var begun = gateway.Now; ;)
        {
            switch (await LookAsync(call, token, target))
            {
                case Part.Answered:
                    return Part.Answered;
                case Part.Own:
                    return Part.Own;
                default:
                    if (gateway.Now - begun < _cancelPatience)
                        break;
                    await SayNoAnswerAsync(call);
                    return Part.Answered;
            }
            await call.For(Task.Delay(AskAgainAfter, gateway.Time, call.Aborted));
        }
    }

    /// <summary>The store has told that another member took it over before this one: the cancel is that one's to answer.</summary>
    public async Task PassCancelAsync(ClientCall call, string owner, string target)
    {
        if (call.Context.Features.Get<PassedFrom>() is not null
            || await call.For(others.Pass.PassAsync(call.Context, owner, target, gateway.Calls.SeenBy(call.Context), onlyIfKnown: false)) != PassOutcome.Answered)
            await SayNoAnswerAsync(call);
    }

    /// <summary>A request for a query by its id alone: whoever follows it is found by asking.</summary>
    /// <returns>True where one of them has answered.</returns>
    public async Task<bool> PassToWhoFollowsAsync(HttpContext context, string target)
    {
        if (context.Features.Get<PassedFrom>() is not null)
            return false;
        foreach (var member in others.Heard)
        {
            if (await others.Pass.PassAsync(context, member, target, gateway.Calls.SeenBy(context), onlyIfKnown: true) == PassOutcome.Answered)
                return true;
        }
        return false;
    }

    /// <summary>A new statement that this member cannot bring to the coordinator, and another one can: it is that one's from here on.</summary>
    /// <returns>True where one of them has answered.</returns>
    public async Task<bool> PassStatementAsync(ClientCall call, string target, ReadOnlyMemory<byte> body)
    {
        if (gateway.Cluster.Unfit is null || call.Context.Features.Get<PassedFrom>() is not null)
            return false;
        var from = gateway.Calls.SeenBy(call.Context) with { Body = SubmissionReading.HashOf(body) };
        foreach (var member in others.Heard)
        {
            if (await call.For(others.Pass.PassAsync(call.Context, member, target, from, onlyIfKnown: false, body)) == PassOutcome.Answered)
                return true;
        }
        return false;
    }

    private static Task SayNoAnswerAsync(ClientCall call) =>
        PlainAnswer.SayAsync(call.Context, StatusCodes.Status503ServiceUnavailable, "The member of Segue that follows this query does not answer.");

    private Instant WaitingSince(string query, Instant now)
    {
        // clients that went away meanwhile
        if (_waiting.Count > MostWaiting)
        {
            foreach (var (left, since) in _waiting)
            {
                if (now - since > gateway.Config.Hold.MaxTime)
                    _waiting.TryRemove(left, out _);
            }
        }
        return _waiting.GetOrAdd(query, now);
    }

    private async Task<Part> LookAsync(ClientCall call, QueryToken token, string target)
    {
        var context = call.Context;
        var isKnown = gateway.Book.TryGet(token.Handle, out var known);
        var owner = OwnerPolicy.OwnerOf(token, gateway.Owner, isKnown ? new KnownQuery(known!.Answered, known.TakenFrom, known.Owner) : null);
        var view = new OwnerView(token.Traits.HasFlag(TokenTraits.MayHaveEffects), owner == gateway.Owner, context.Features.Get<PassedFrom>() is not null);
        while (true)
        {
            switch (OwnerPolicy.Next(view))
            {
                case OwnerStep.AskOwner:
                    var passed = await call.For(others.Pass.PassAsync(context, owner, target, gateway.Calls.SeenBy(context), onlyIfKnown: false));
                    if (passed == PassOutcome.Answered)
                        return Part.Answered;
                    view = view with { Silent = passed == PassOutcome.Silent, RunLives = RunLives(token), LivedLately = others.List.Live.Contains(owner) };
                    break;
                case OwnerStep.AskForText:
                    var asked = gateway.Journal.KnowsAsync(token.Handle);
                    await call.For(Task.WhenAny(asked, Task.Delay(StorePatience, gateway.Time, call.Aborted)));
                    view = view with { TextIsStored = asked.IsCompleted && await asked };
                    break;
                case OwnerStep.AskForSession:
                    var listed = await call.For(view.MayHaveEffects ? others.MayBeginAsync(owner, call.Aborted) : others.List.IsListedAsync(owner, call.Aborted));
                    view = view with { Session = listed is { } lives ? lives ? OwnerSession.Lives : OwnerSession.Over : OwnerSession.NotKnown };
                    break;
                case OwnerStep.TakeOver:
                    // what this member knew of it as another's
                    if (isKnown)
                        gateway.Book.Leave(known!);
                    return Part.Own;
                case OwnerStep.Serve:
                    return Part.Own;
                case OwnerStep.Borrow:
                    return Part.Borrowed;
                case OwnerStep.Wait:
                    return Part.Waits;
                case var other:
                    throw new InvalidOperationException($"no such step: {other}");
            }
        }
    }

    private bool RunLives(QueryToken token)
    {
        var snapshot = gateway.Cluster.Current;
        return token.UpstreamPath.Length > 0 && token.Traits.HasFlag(TokenTraits.Begun)
            && Adoption.HandleOf(gateway, token).Attempt is { } run && StatementDecision.Answers(run, snapshot)
            && StatementDecision.FateOf(run, snapshot) is AttemptFate.Running or AttemptFate.Superseded;
    }
}
