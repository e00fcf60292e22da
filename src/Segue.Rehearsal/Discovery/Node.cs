namespace Segue.Rehearsal.Discovery;

/// <summary>A node as a coordinator sees it.</summary>
internal sealed record Node(string NodeId, Uri Uri, string Version, bool Coordinator);
