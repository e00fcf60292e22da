namespace Segue.Core.Model;

/// <summary>The process that has the active role: a Segue that comes after this one must know it to end what it left, and to fence it (R8).</summary>
/// <param name="Coordinator">Its coordinator's name.</param>
/// <param name="Epoch">The epoch it was made active by.</param>
public sealed record ActiveProcess(string Coordinator, long Epoch, Incarnation Incarnation);
