using Segue.Core.Model;

namespace Segue.Server.Store;

/// <summary>The event history: what happened and why, newest last. Neither call waits for the disk.</summary>
public interface IHistory
{
    void Append(ClusterEvent happened);

    /// <summary>At most <paramref name="last"/> events, oldest first.</summary>
    IReadOnlyList<ClusterEvent> Recent(int last);
}
