using System.Collections.Immutable;
using Segue.Core.Model;

namespace Segue.Core.Members;

/// <summary>What a member sees of one coordinator.</summary>
/// <param name="Reaches">It answers there.</param>
/// <param name="Age">Since the last answer, by that member's clock; null where there was none.</param>
public sealed record CoordinatorReport(string Coordinator, bool Reaches, TimeSpan? Age);

/// <summary>The last word of another member.</summary>
/// <param name="At">When it came.</param>
public sealed record MemberReport(Instant At, ImmutableArray<CoordinatorReport> Coordinators);
