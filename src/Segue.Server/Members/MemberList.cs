namespace Segue.Server.Members;

/// <summary>The other members, from the lists and words that this one has of them.</summary>
internal sealed class MemberList(PeerNetwork peers, MemberRecords records) : IMemberList
{
    public IReadOnlyCollection<string> Live => [.. peers.Addresses.Keys];

    public Uri? AddressOf(string id) => peers.AddressOf(id);

    public bool IsSilent(string id) => peers.IsSilent(id);

    public ValueTask<bool?> IsListedAsync(string id, CancellationToken cancellation) => records.IsListedAsync(id, cancellation);
}
