namespace Segue.Core.Model;

/// <summary>The engine behind a cluster; what differs between the two is in <see cref="Protocol.Dialect"/>.</summary>
public enum EngineKind
{
    /// <summary>PrestoDB.</summary>
    Presto,

    /// <summary>Trino.</summary>
    Trino,
}
