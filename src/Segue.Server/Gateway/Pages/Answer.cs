using Segue.Core.Recovery.Resuming;
using Segue.Server.Gateway.Resuming;

namespace Segue.Server.Gateway.Pages;

/// <summary>What a token was answered with, so that it can be answered again until its successor is polled (R3.8).</summary>
internal sealed record Answer
{
    /// <summary>A coordinator's page whose bytes are still here.</summary>
    public UpstreamPage? Page { get; init; }

    /// <summary>Where the coordinator replays a page whose bytes went by; null for a page that Segue made.</summary>
    public string? Path { get; init; }

    /// <summary>Rows that were kept aside.</summary>
    public AsidePage? Aside { get; init; }

    /// <summary>The place of a page that is kept in the query's spool.</summary>
    public long? Spooled { get; init; }

    /// <summary>Rows delivered before this page.</summary>
    public RowTally Before { get; init; }

    /// <summary>Rows of this page that had been delivered before: it is the replay of one that broke off.</summary>
    public long Skipped { get; init; }

    /// <summary>A page that Segue made.</summary>
    public ReadOnlyMemory<byte> Own { get; init; }

    /// <summary>It carries <c>Clear-Transaction-Id</c>.</summary>
    public bool ClearTransaction { get; init; }
}
