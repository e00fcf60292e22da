using System.Collections.Immutable;

namespace Segue.Server.Admin;

/// <summary>The queries that this member serves, of all its clusters.</summary>
internal sealed class OwnQueries(ImmutableArray<AdminCluster> clusters, TimeProvider time)
{
    /// <summary>As many are listed.</summary>
    public const int Most = 1000;

    public QueryListReport List()
    {
        var live = clusters.SelectMany(static cluster => cluster.Desk.Live()).ToImmutableArray();
        return new QueryListReport { At = time.GetUtcNow(), Queries = [.. live.Take(Most)], LeftOut = Math.Max(0, live.Length - Most), Missing = [] };
    }

    public QueryReport? Find(string id) => clusters.Select(cluster => cluster.Desk.Find(id)).FirstOrDefault(static report => report is not null);

    public async Task<CancelReport?> CancelAsync(string id)
    {
        foreach (var cluster in clusters)
        {
            if (await cluster.Desk.CancelAsync(id) is { } report)
                return report;
        }
        return null;
    }
}
