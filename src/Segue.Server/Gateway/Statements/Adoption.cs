using Segue.Core.Model;
using Segue.Core.Recovery.Resuming;
using Segue.Core.Routing;
using Segue.Server.Gateway.Queries;

namespace Segue.Server.Gateway.Statements;

/// <summary>A handle that only its token tells of: its process has ended, or it is another member's. It can be polled on; what else, the journal says.</summary>
internal static class Adoption
{
    /// <summary>Why a token alone tells of a query, as people are told.</summary>
    public static string Cause(GatewayServices gateway) => gateway.Others is null ? "Segue was restarted" : "A member of Segue ended or fell silent";

    /// <summary>The story begins with the run that only a token or the store tells of.</summary>
    public static void Tell(GatewayServices gateway, QueryHandle handle, Attempt run) =>
        handle.Tell(gateway.Now, gateway.Others is null ? MomentKind.Adopted : MomentKind.TakenOver, run.Place.Coordinator, run.QueryId);

    public static QueryHandle HandleOf(GatewayServices gateway, in QueryToken token)
    {
        var handle = new QueryHandle
        {
            Id = token.Handle,
            TakenFrom = token.Owner,
            Submission = null,
            AdoptedWithEffects = token.Traits.HasFlag(TokenTraits.MayHaveEffects),
            Created = gateway.Now,
            LastSeen = gateway.Now,
            Submits = token.Attempt,
            RowKey = token.RowsKey,
        };
        Stand(handle, token);
        if (token.UpstreamPath.Length > 0)
        {
            handle.Attempt = new Attempt
            {
                Place = new AttemptPlace(token.Coordinator, null, token.Incarnation is { } value ? new Incarnation(value) : null),
                // not the handle's own where it was held or submitted again
                QueryId = StatementPath.QueryIdOf(token.UpstreamPath) ?? token.Handle,
                NextPath = token.UpstreamPath,
                MayHaveBegun = true,
                NextPollMayBeFirst = !token.Traits.HasFlag(TokenTraits.Begun),
            };
        }
        return handle;
    }

    /// <summary>Another member has polled this one's run on while this one did not answer (R3.1): the token tells how far.</summary>
    /// <returns>False where it does not tell of that.</returns>
    public static bool TryCatchUp(QueryHandle handle, in QueryToken token)
    {
        if (handle is not { Ended: false, MayHaveEffects: true, Attempt: { } run } || token.Sequence <= handle.Answered + 1
            || StatementPath.QueryIdOf(token.UpstreamPath) != run.QueryId)
            return false;
        handle.ForgetAnswer();
        handle.DropHeldBack();
        Stand(handle, token);
        (run.NextPath, run.MayHaveBegun, run.NextPollMayBeFirst) = (token.UpstreamPath, true, false);
        return true;
    }

    private static void Stand(QueryHandle handle, in QueryToken token)
    {
        handle.Answered = token.Sequence - 1;
        handle.Issued = token;
        handle.Delivered = new RowTally(token.Rows, token.RowsHash);
        handle.EncodedDelivered = token.Traits.HasFlag(TokenTraits.Encoded);
        handle.ColumnsShown = token.ColumnsHash;
        handle.BrokenPage = token.Skip > 0 ? (token.UpstreamPath, token.Skip) : null;
    }
}
