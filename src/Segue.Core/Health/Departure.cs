using Segue.Core.Model;

namespace Segue.Core.Health;

/// <summary>An incarnation that is proven to be gone (R5): it changes nothing any more, whatever it was doing.</summary>
/// <param name="Incarnation">The one that is gone.</param>
/// <param name="By">It had ended by then; what it sent before may still be on its way.</param>
public readonly record struct Departure(Incarnation Incarnation, Instant By);

/// <summary>The end of an incarnation as it was seen; no proof yet that it is one.</summary>
/// <param name="Incarnation">Who had answered while the connection stood.</param>
/// <param name="NodeId">Its node's id.</param>
/// <param name="Address">The IP address that the connection was to.</param>
/// <param name="ClosedAt">When the other side had closed it.</param>
/// <param name="RefusedAt">When that address refused a connection that was asked for later; null before.</param>
public sealed record SeenEnd(Incarnation Incarnation, string NodeId, string Address, Instant ClosedAt, Instant? RefusedAt);

/// <summary>The connection that is held open to one address.</summary>
/// <param name="Behind">Incarnation and node id of who answered while it stood; null before.</param>
public sealed record StandingWire(string Address, Instant OpenedAt, (Incarnation Incarnation, string NodeId)? Behind);
