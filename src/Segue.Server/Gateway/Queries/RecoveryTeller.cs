using Segue.Core.Model;
using Segue.Core.Recovery;
using Segue.Server.Store;

namespace Segue.Server.Gateway.Queries;

/// <summary>Puts what became of the queries after a failover into history and log.</summary>
internal sealed class RecoveryTeller(GatewayServices gateway, IHistory history)
{
    private RecoveryTally _tally = new();

    /// <summary>Called every few seconds by one caller.</summary>
    public void Look()
    {
        (_tally, var counts) = _tally.Look(gateway.Metrics.RecoveriesOf(gateway.Config.Name));
        if (counts is null)
            return;
        var snapshot = gateway.Cluster.Current;
        var sentence = $"queries without a coordinator, up to epoch {snapshot.Epoch} ({snapshot.Active} active): {counts}";
        GatewayLog.Recovered(gateway.Log, gateway.Config.Name, sentence);
        history.Append(new ClusterEvent
        {
            At = gateway.Time.GetUtcNow(),
            Kind = EventKinds.Recovered,
            Cluster = gateway.Config.Name,
            Coordinator = snapshot.Active,
            Epoch = snapshot.Epoch,
            Sentence = sentence,
        });
    }
}
