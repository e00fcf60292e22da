namespace Segue.Core.Members;

/// <summary>One running Segue.</summary>
/// <param name="Id">New at each start: who owns a query handle, whose ack it is (R3.2).</param>
/// <param name="Name">The id of its data directory: it stays over restarts, and the directory's lock lets one process at a time have it.</param>
public sealed record MemberIdentity(string Id, string Name);
