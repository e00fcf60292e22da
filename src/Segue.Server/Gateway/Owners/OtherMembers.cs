using Segue.Server.Gateway.Queries;
using Segue.Server.Members;
using Segue.Server.Members.Passing;

namespace Segue.Server.Gateway.Owners;

/// <summary>The deployment's other members, where there may be any.</summary>
/// <param name="Session">This member's session with the store, new whenever one had run out; null while it has none.</param>
/// <param name="OthersMayStay">Whether one whose session is over may still route (R1.6).</param>
/// <param name="Ttl">How long a session lives that is not renewed.</param>
internal sealed record OtherMembers(IMemberList List, PassSender Pass, Func<long?> Session, Func<bool> OthersMayStay, TimeSpan Ttl)
{
    /// <summary>Those whose sessions live and who give word.</summary>
    public IEnumerable<string> Heard => List.Live.Where(member => !List.IsSilent(member));

    /// <summary>This member's session has run out since the POST, or it came to another one: somebody else may have taken the statement over (R3.2).</summary>
    public bool MayHaveTaken(QueryHandle handle) => handle.MayHaveEffects && (handle.Session is not { } session || Session() != session);

    /// <summary>Whether a member may still begin what it owns.</summary>
    /// <returns>Null where that is not known.</returns>
    public async ValueTask<bool?> MayBeginAsync(string member, CancellationToken cancellation)
    {
        var listed = await List.IsListedAsync(member, cancellation);
        return listed == false && OthersMayStay() ? null : listed;
    }
}
