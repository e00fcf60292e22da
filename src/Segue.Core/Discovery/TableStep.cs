using System.Collections.Immutable;

namespace Segue.Core.Discovery;

/// <summary>What can happen to an <see cref="AnnouncementTable"/>.</summary>
public abstract record TableInput;

/// <param name="Environment">The cluster's environment as its coordinators tell it, or null while none has.</param>
public sealed record Announce(Announcement Announcement, string? Environment) : TableInput;

/// <summary>A node that stops takes its services back.</summary>
public sealed record Unannounce(string NodeId) : TableInput;

/// <summary>What the store kept from the process before this one.</summary>
public sealed record Restore(ImmutableArray<Announcement> Announcements) : TableInput;

/// <summary>What another member heard itself; parts of it, in this order.</summary>
/// <param name="Gone">Services that were taken back there.</param>
/// <param name="Nodes">What nodes said there.</param>
/// <param name="Signs">All nodes that it heard lately; null where this word does not tell of all.</param>
public sealed record Replicate(
    string Member, ImmutableArray<TakenBack> Gone, ImmutableArray<SaidElsewhere> Nodes, ImmutableArray<NodeSign>? Signs) : TableInput;

/// <summary>A sign of life of a node, as one member tells it to the others.</summary>
/// <param name="Mark">Of what it said: <see cref="Announcement.Mark"/>.</param>
/// <param name="Age">Since it was heard, by the teller's clock.</param>
public sealed record NodeSign(string NodeId, ulong Mark, TimeSpan Age);

/// <param name="Service">Its id.</param>
public sealed record TakenBack(string Service, TimeSpan Age);

public sealed record SaidElsewhere(Announcement Announcement, TimeSpan Age);

/// <summary>Time passed; about once a second.</summary>
public sealed record Tick : TableInput;

/// <summary>What the shell does after a step, in order.</summary>
public abstract record TableEffect;

/// <summary>The store shall have the node's announcement as it is now.</summary>
public sealed record Keep(Announcement Announcement) : TableEffect;

/// <summary>The store shall have this word of its node no longer; another one it keeps.</summary>
public sealed record Forget(Announcement Announcement, string Reason) : TableEffect;

/// <summary>The node has just missed its time.</summary>
public sealed record Missed(string NodeId, string Reason) : TableEffect;

/// <summary>That member has heard nodes whose words are not known here: it shall be asked for all of them.</summary>
public sealed record Want(string Member) : TableEffect;

/// <param name="Accepted">False where the input was refused; <paramref name="Reason"/> is then the answer's text.</param>
public sealed record TableStep(AnnouncementTable Table, ImmutableArray<TableEffect> Effects, bool Accepted, string Reason);
