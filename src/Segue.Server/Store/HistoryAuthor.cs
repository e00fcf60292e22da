using Segue.Core.Model;

namespace Segue.Server.Store;

/// <summary>Who writes into the history.</summary>
/// <param name="Member">Its id: no two write the same key.</param>
/// <param name="Machine">Named in events about this member; null where it is the only one.</param>
public sealed record HistoryAuthor(string Member, string? Machine)
{
    public ClusterEvent Sign(ClusterEvent happened) =>
        Machine is not null && EventKinds.IsOfMember(happened.Kind) ? happened with { Member = Member, Machine = Machine } : happened;
}
