namespace Segue.Server.Members;

/// <summary>The other members, from the lists and words that this one has of them.</summary>
internal sealed class MemberList(PeerNetwork peers, MemberRecords records) : IMemberList
{
    public IReadOnlyCollection<string> Live => [.. peers.Addresses.Keys];

    public async ValueTask<Uri?> FindAsync(string id, CancellationToken cancellation)
    {
        if (peers.AddressOf(id) is { } known)
            return known;
        if (await records.FindAsync(id, cancellation) is { Value.Peers: { } address })
            peers.Meet(id, address);
        return peers.AddressOf(id);
    }

    public bool IsSilent(string id) => peers.IsSilent(id);

    public async ValueTask<bool?> IsListedAsync(string id, CancellationToken cancellation) =>
        await records.FindAsync(id, cancellation) is { Succeeded: true } found ? found.Value is not null : null;
}
