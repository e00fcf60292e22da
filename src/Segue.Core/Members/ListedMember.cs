using Segue.Core.Model;

namespace Segue.Core.Members;

/// <summary>A member whose session lives, as the store lists it.</summary>
/// <param name="Acked">The highest assignment that it acked.</param>
public sealed record ListedMember(string Name, Assignment? Acked)
{
    public string? Machine { get; init; }

    /// <summary>The id of its process there.</summary>
    public int? Process { get; init; }

    /// <summary>Where the other members reach it.</summary>
    public Uri? Address { get; init; }

    /// <summary>When its process started, by its own clock.</summary>
    public DateTimeOffset? Since { get; init; }
}
