using Segue.Core.Model;

namespace Segue.Server.Store;

/// <summary>The event history: what was decided and seen, newest last.</summary>
public interface IHistory
{
    /// <summary>Never blocks and never throws: the control loop calls it between two decisions.</summary>
    void Append(ClusterEvent happened);

    /// <summary>At most <paramref name="count"/> events, oldest first.</summary>
    IReadOnlyList<ClusterEvent> Recent(int count);
}
