using System.Net;
using System.Net.Sockets;
using System.Threading.Channels;
using Segue.Core.Configuration;
using Segue.Core.Health;
using Segue.Core.Model;
using Segue.Server.Probing;
using Segue.Server.Telemetry;
using Segue.Server.Upstream;

namespace Segue.Server.Tests.Probing;

public sealed class ProberTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    [Fact]
    public async Task A_process_that_resets_connections_is_asked_again_before_the_interval_is_over()
    {
        using var dying = new TcpListener(IPAddress.Loopback, 0);
        dying.Start();
        var config = new CoordinatorConfig { Url = new Endpoint("http", "127.0.0.1", ((IPEndPoint)dying.LocalEndpoint).Port) };
        using var client = new CoordinatorClient(config, new UpstreamTls(new UpstreamTlsConfig()), 1 << 20);
        using var probe = new InfoProbe(client, EngineKind.Trino, client.Request);
        using var metrics = new SegueMetrics();
        using var stop = new CancellationTokenSource();
        var seen = Channel.CreateUnbounded<Evidence>();
        var health = new HealthConfig { ProbeInterval = TimeSpan.FromHours(1), ProbeTimeout = Patience };
        var prober = new Prober(probe, "main", client.Name, health, TimeProvider.System, metrics, (fact, _) =>
        {
            if (fact is Observation.ProbeFailed failed)
                seen.Writer.TryWrite(failed.Kind);
        });
        var running = prober.RunAsync(stop.Token);

        using (var connection = await dying.AcceptSocketAsync())
            connection.Close(0);
        (await seen.Reader.ReadAsync().AsTask().WaitAsync(Patience, TimeProvider.System)).ShouldBe(Evidence.Reset);
        dying.Stop();
        Evidence last;
        do
            last = await seen.Reader.ReadAsync().AsTask().WaitAsync(Patience, TimeProvider.System);
        while (last == Evidence.Reset);
        last.ShouldBe(Evidence.Refused);
        stop.Cancel();
        await Should.ThrowAsync<OperationCanceledException>(running);
    }
}
