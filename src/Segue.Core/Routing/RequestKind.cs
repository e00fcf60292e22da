namespace Segue.Core.Routing;

/// <summary>What a request on the client port asks for.</summary>
public enum RequestKind
{
    /// <summary>Nothing that Segue treats apart: it goes to the active coordinator.</summary>
    Other,

    /// <summary>POST /v1/statement, or PrestoDB's PUT /v1/statement/{id} with an id that the client chose.</summary>
    SubmitStatement,

    /// <summary>HEAD /v1/statement: are the credentials good?</summary>
    CheckStatement,

    /// <summary>GET, HEAD or DELETE of a nextUri that Segue wrote (<see cref="StatementPath"/>).</summary>
    PollStatement,

    /// <summary>DELETE of Trino's /v1/statement/executing/partialCancel/… or Presto's /v1/stage/{id}.</summary>
    PartialCancel,

    /// <summary>/v1/query/{id}, and Trino's /ui/api/query/{id}, which the page behind infoUri asks for: the id is the client's, which may be another one on the coordinator (R3.7).</summary>
    Query,

    /// <summary>PUT or DELETE /v1/announcement/{node id}.</summary>
    Announcement,

    /// <summary>GET /v1/service[/{type}[/{pool}]].</summary>
    ServiceLookup,

    /// <summary>POST /v1/announce (Trino 477 and later).</summary>
    Announce,

    /// <summary>/segue/health/live or /segue/health/ready.</summary>
    Health,

    /// <summary>A path of the engine's own nodes, or one that changes a node's state: refused (R10.2).</summary>
    Internal,

    /// <summary>A path that two servers may read in two ways: refused, because it could hide an internal one (R10.2).</summary>
    Ambiguous,
}

/// <param name="Id">The query, node or stage id in the path where the kind has one.</param>
public readonly record struct RequestClass(RequestKind Kind, string? Id = null);
