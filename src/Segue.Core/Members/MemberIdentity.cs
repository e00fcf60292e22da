namespace Segue.Core.Members;

/// <summary>One running Segue.</summary>
/// <param name="Id">New at each start: who owns a query handle, whose ack it is (R3.2).</param>
/// <param name="Name">
/// The id of its data directory, whose lock lets one process at a time have it. It stays over restarts, but for a number behind a point: one that has
/// taken its name out of the stored list leaves another to the next, because that may reach the store late.
/// </param>
public sealed record MemberIdentity(string Id, string Name)
{
    /// <summary>That of this process, or of one before it, which has ended.</summary>
    public bool HasHad(string name) => Directory(name).SequenceEqual(Directory(Name));

    private static ReadOnlySpan<char> Directory(ReadOnlySpan<char> name) => name.IndexOf('.') is >= 0 and var point ? name[..point] : name;
}
