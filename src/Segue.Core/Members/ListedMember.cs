using Segue.Core.Model;

namespace Segue.Core.Members;

/// <summary>A member whose session lives, as the store lists it.</summary>
/// <param name="Acked">The highest assignment that it acked.</param>
public sealed record ListedMember(string Name, Assignment? Acked);
