using System.Collections.Immutable;
using Segue.Core.Model;

namespace Segue.Core.Members;

/// <summary>One question to all members of the list, whether all stay (R1.6).</summary>
public sealed record FailsafeRound(long Number, Instant SentAt, Assignment Assignment, ImmutableHashSet<string> Yes);
