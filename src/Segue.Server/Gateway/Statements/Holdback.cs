using Segue.Core.Configuration;
using Segue.Server.Gateway.Clients;
using Segue.Server.Gateway.Queries;
using Segue.Server.Gateway.Spooling;

namespace Segue.Server.Gateway.Statements;

/// <summary>Which rows wait here unseen, so that a run that is lost with them can be replaced without a comparison.</summary>
internal static class Holdback
{
    /// <summary>Only of what may be run again, and where a client's credentials serve more than one upstream call (R4.2).</summary>
    public static bool IsFor(QueryHandle handle, ClientCall call) =>
        handle is { MayHaveEffects: false, Submission: { Transaction: null, IsKept: true }, RowsDelivered: 0 } && !call.IsNegotiate;

    /// <summary>Where all rows wait until the last one has come; null where they do not.</summary>
    public static ResultSpool? SpoolFor(GatewayServices gateway, QueryHandle handle, ClientCall call)
    {
        if (!IsFor(handle, call) || handle.Resume is not null)
            return null;
        // rows that wait already were there before all were to wait
        if (handle is { Spool: null, HeldBack.Count: 0 } && gateway.Config.Recovery is { Holdback: HoldbackMode.All } recovery)
            handle.BeginSpool(new ResultSpool(gateway.Book.Memory, gateway.Spool, recovery));
        return handle.Spool is { Closed: null, IsWhole: false } open ? open : null;
    }

    /// <summary>Every page that waits is whole, counted in memory, and neither bytes nor time of the holdback are used up.</summary>
    public static bool MayKeepMore(GatewayServices gateway, QueryHandle handle, ClientCall call)
    {
        var recovery = gateway.Config.Recovery;
        return handle.Attempt?.NextPath is not null
            && IsFor(handle, call)
            && handle.FirstRow is { } first && (handle.Draining || gateway.Now - first < recovery.HoldbackTime)
            && handle.HeldBack.Sum(page => page.Buffered) < recovery.HoldbackBytes
            && handle.HeldBack.All(page => page.IsWhole && page.TryKeep(gateway.Book.Memory));
    }
}
