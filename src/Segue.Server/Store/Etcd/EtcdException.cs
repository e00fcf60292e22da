namespace Segue.Server.Store.Etcd;

/// <summary>etcd answered with an error.</summary>
/// <param name="code">gRPC's.</param>
internal sealed class EtcdException(int code, string message) : IOException(message)
{
    /// <summary>There is no such lease.</summary>
    public bool IsNotFound => code == 5;

    /// <summary>Another endpoint would say the same: it is not that this one has no leader, no time or no room.</summary>
    public bool IsFinal => code is not (0 or 4 or 8 or 13 or 14);

    /// <summary>The token has run out, or users were changed since; nothing was done.</summary>
    public bool WantsToken => code == 16
        || Message.Contains("invalid auth token", StringComparison.Ordinal) || Message.Contains("revision of auth store is old", StringComparison.Ordinal);
}
