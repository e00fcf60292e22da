using System.Globalization;
using Segue.Core.Routing;

namespace Segue.Simulation.Gateways;

/// <summary>Brings a handle to where its client's token stands.</summary>
internal static class Standing
{
    /// <summary>The token is the truth of where the client stands (R3.5).</summary>
    public static void At(Handle handle, in QueryToken token)
    {
        if (!handle.HasEffects && (token.Sequence > handle.Answered + 1 || (handle.Delivered.Rows, handle.Delivered.Sum) != (token.Rows, token.RowsHash)))
        {
            // what this member fetched, or compares, goes on behind another page than the client has
            if (handle.Resume is not null || token.UpstreamPath.Length == 0)
                handle.Attempt = null;
            handle.Resume = null;
            handle.Aside.Clear();
        }
        handle.StandAt(token);
        if (PlaceOf(token) is not { } told)
            return;
        if (handle.Attempt?.QueryId == told.QueryId)
        {
            handle.Attempt.Page = told.Page;
            // another member has polled it
            if (token.Traits.HasFlag(TokenTraits.Begun))
                (handle.Attempt.MayHaveBegun, handle.Attempt.NextPollMayBeFirst) = (true, handle.Attempt.NextPollMayBeFirst && told.Page == 0);
        }
        else if (handle.Attempt is null && handle.Resume is null && (handle.Submits == 0 || !handle.HasEffects) && handle.LeftRun != told.QueryId)
        {
            handle.Attempt = told;
            told.MayHaveBegun = token.Traits.HasFlag(TokenTraits.Begun) || !handle.Remembered;
            handle.Submits = Math.Max(1, token.Attempt);
        }
        else if (!handle.HasEffects && handle.Attempt is not null && handle.Resume is null)
        {
            // another member ran it again
            handle.Attempt = told;
        }
    }

    public static Attempt? PlaceOf(in QueryToken token)
    {
        if (token.UpstreamPath.Split('/') is not [var id, var page])
            return null;
        return Journal.AttemptOf(token.Coordinator, token.Incarnation, id, int.Parse(page, CultureInfo.InvariantCulture));
    }
}
