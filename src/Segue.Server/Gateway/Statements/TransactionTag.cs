using Segue.Core.Model;
using Segue.Core.Routing;

namespace Segue.Server.Gateway.Statements;

/// <summary>A transaction lives in one coordinator's memory, so the id that clients carry names its incarnation (R6.6).</summary>
internal static class TransactionTag
{
    private const char Separator = '_';

    public static string Add(string transaction, Incarnation incarnation) => $"{transaction}{Separator}{incarnation}";

    /// <summary>Splits what <see cref="Add"/> made; an id without a tag is given back whole.</summary>
    public static (string Transaction, Incarnation? Incarnation) Split(string tagged)
    {
        var at = tagged.LastIndexOf(Separator);
        return at < 0 ? (tagged, null) : (tagged[..at], new Incarnation(tagged[(at + 1)..]));
    }

    /// <summary>The coordinator that began it, while that incarnation is not gone.</summary>
    public static CoordinatorRoute? Home(RoutingSnapshot snapshot, Incarnation incarnation)
    {
        foreach (var route in snapshot.Coordinators.Values)
        {
            if (route.Incarnation == incarnation && route.Liveness != Liveness.Dead)
                return route;
        }
        return null;
    }
}
