namespace Segue.Server.Discovery;

/// <summary>A node that announces itself, for people.</summary>
/// <param name="Id">The node's id; where it does not tell that (Trino 477 and later), host and port.</param>
/// <param name="Seen">When the last announcement came.</param>
public sealed record AnnouncedNode(string Id, string Address, DateTimeOffset Seen);
