namespace Segue.Server.Members;

/// <summary>The deployment's other members as the data path sees them.</summary>
internal interface IMemberList
{
    /// <summary>Ids of those whose sessions lived when they were last listed.</summary>
    IReadOnlyCollection<string> Live { get; }

    /// <summary>Where one is reached, or was until lately; of one that this member has not met yet the store is asked.</summary>
    /// <returns>Null where nobody tells.</returns>
    ValueTask<Uri?> FindAsync(string id, CancellationToken cancellation);

    /// <summary>It has not said anything for longer than those do who live and can be heard.</summary>
    bool IsSilent(string id);

    /// <summary>Whether its session lives; the store is asked.</summary>
    /// <returns>Null where the store does not tell.</returns>
    ValueTask<bool?> IsListedAsync(string id, CancellationToken cancellation);
}
