using Segue.Core.Routing;

namespace Segue.Server.Gateway.Queries;

/// <summary>One run of a query on one coordinator.</summary>
internal sealed class Attempt
{
    public required AttemptPlace Place { get; init; }

    /// <summary>The coordinator's own id of this run.</summary>
    public required string QueryId { get; init; }

    /// <summary>Path and query of the next page on the coordinator; null after its last page.</summary>
    public string? NextPath { get; set; }

    /// <summary>Set before the first poll is handed to the HTTP client, which repeats GETs by itself (R3.9); from the start where the POST begins the statement (R6.2).</summary>
    public bool MayHaveBegun { get; set; }

    /// <summary>Only a token told of it, and not whether it began: its next poll may be its first, which goes to the active coordinator alone (I1).</summary>
    public bool NextPollMayBeFirst { get; set; }

    /// <summary>Only a token told of it, and its coordinator has no such page: what Segue had fetched ahead went with its restart, or the query is forgotten.</summary>
    public bool PageGone { get; set; }

    /// <summary>Answers with status 500 since its last page (protocol.md §1.2).</summary>
    public int Errors { get; set; }

    /// <summary>Set when its coordinator said that it is starting or shutting down: never a result (R6.4).</summary>
    public bool Refused { get; set; }
}
