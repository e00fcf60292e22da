using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Logging;
using Segue.Core.Members;
using Segue.Server.Admin;

namespace Segue.Server.Members.Passing;

/// <summary>Answers what other members pass on as if it had come to the client port, and what they ask for themselves.</summary>
/// <param name="knows">Whether a request is about a query that this member follows, by its target.</param>
/// <param name="isFit">Whether clients are served here as well as elsewhere.</param>
/// <param name="questions">Answers what a member asks for itself.</param>
internal sealed class PassReceiver(string me, PeerSeal seal, Func<string, bool> knows, RequestDelegate answer, Func<bool> isFit, MemberAnswers questions, ILogger logger)
{
    public const string Prefix = "/segue/peer/pass";

    private readonly Dictionary<string, NumberWindow> _heard = new(StringComparer.Ordinal);
    private readonly Lock _lock = new();
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _underWay;
    private bool _leaving;

    public async Task HandleAsync(HttpContext context)
    {
        if (Claimed(context) is not { } claim)
        {
            logger.PeerRefused(context.Connection.RemoteIpAddress, "a request that no member of the deployment has passed on");
            context.Response.StatusCode = StatusCodes.Status403Forbidden;
            return;
        }
        if (!TryEnter())
        {
            Hinder(context, PassClaim.Leaving);
            return;
        }
        try
        {
            if (claim.OnlyIfKnown && !knows(claim.Target))
            {
                Hinder(context, PassClaim.Unknown);
                return;
            }
            // the one that asks may reach what this one does not; what this one alone may do waits for it there (R3.1)
            if ((HttpMethods.IsGet(claim.Method) || HttpMethods.IsPost(claim.Method)) && !claim.OnlyIfKnown && !MemberAnswers.IsQuestion(claim.Target) && !isFit())
            {
                Hinder(context, PassClaim.Unfit);
                return;
            }
            context.Response.Headers[PassClaim.Header] = PassClaim.Answered;
            if (MemberAnswers.IsQuestion(claim.Target))
            {
                await questions.AnswerAsync(context, claim.Target);
                return;
            }
            context.Request.Headers.Remove(PassClaim.Header);
            context.Request.Host = new HostString(claim.Seen.Host);
            context.Features.GetRequiredFeature<IHttpRequestFeature>().RawTarget = claim.Target;
            context.Features.Set(claim.Seen);
            await answer(context);
        }
        finally
        {
            Leave();
        }
    }

    /// <summary>From here on nothing is taken; done when what is under way has been answered.</summary>
    public Task LeaveAsync()
    {
        lock (_lock)
        {
            _leaving = true;
            if (_underWay == 0)
                _ended.TrySetResult();
        }
        return _ended.Task;
    }

    private PassClaim? Claimed(HttpContext context)
    {
        var target = context.Features.GetRequiredFeature<IHttpRequestFeature>().RawTarget;
        if (PassClaim.Open(seal, me, context.Request.Headers[PassClaim.Header].ToString()) is not { } claim
            || claim.Method != context.Request.Method || Prefix + claim.Target != target)
            return null;
        lock (_lock)
            return WindowOf(claim.From).TryHear(claim.Number) ? claim : null;
    }

    private NumberWindow WindowOf(string member)
    {
        if (!_heard.TryGetValue(member, out var window))
            _heard[member] = window = new NumberWindow();
        return window;
    }

    private static void Hinder(HttpContext context, string word)
    {
        context.Response.StatusCode = StatusCodes.Status503ServiceUnavailable;
        context.Response.Headers[PassClaim.Header] = word;
    }

    private bool TryEnter()
    {
        lock (_lock)
        {
            if (_leaving)
                return false;
            _underWay++;
            return true;
        }
    }

    private void Leave()
    {
        lock (_lock)
        {
            if (--_underWay == 0 && _leaving)
                _ended.TrySetResult();
        }
    }
}
