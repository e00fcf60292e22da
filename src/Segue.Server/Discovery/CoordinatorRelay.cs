using System.Collections.Immutable;
using System.Net;
using System.Text;
using Microsoft.Extensions.Logging;
using Segue.Server.ControlLoop;
using Segue.Server.Upstream;

namespace Segue.Server.Discovery;

/// <summary>Sends discovery requests on to coordinators; a dead one never delays the answer of another.</summary>
internal sealed class CoordinatorRelay(ICluster cluster, Func<string, CoordinatorClient?> clients, TimeProvider time, ILogger log)
{
    /// <summary>Shorter than the 3 s that a Trino worker waits (protocol.md §2.3).</summary>
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(2);

    private const int AnswerBytes = 16 << 20;

    private static readonly ImmutableArray<string> Relayed = ["Content-Type", "Cache-Control", "ETag"];

    /// <summary>Returns at the first success; the other sends go on to their own deadline. Without a success, the first refusal.</summary>
    public async Task<RelayedAnswer> SendToAllAsync(KeptRequest request, ImmutableArray<string> coordinators)
    {
        RelayedAnswer? worst = null;
        await foreach (var sent in Task.WhenEach(coordinators.Select(name => SendAsync(request, name))))
        {
            var answer = await sent;
            if (answer.Succeeded)
                return answer;
            if (worst is not { Refused: true })
                worst = answer;
        }

        return worst ?? Unavailable("There is no active coordinator at this moment.");
    }

    /// <summary>Never throws: what goes wrong is an answer of 503.</summary>
    public async Task<RelayedAnswer> SendAsync(KeptRequest request, string coordinator)
    {
        using var deadline = new CancellationTokenSource(Deadline, time);
        try
        {
            if (clients(coordinator) is not { } client)
                return Unavailable($"Coordinator {coordinator} was taken out of the configuration.");
            using var message = request.To(client);
            using var response = await client.SendAsync(message, deadline.Token);
            await response.Content.LoadIntoBufferAsync(AnswerBytes, deadline.Token);
            var headers = response.Headers.NonValidated.Concat(response.Content.Headers.NonValidated)
                .Where(static header => Relayed.Contains(header.Key, StringComparer.OrdinalIgnoreCase))
                .Select(static header => KeyValuePair.Create(header.Key, header.Value.ToString()));
            return new RelayedAnswer(response.StatusCode, [.. headers], await response.Content.ReadAsByteArrayAsync(deadline.Token));
        }
        catch (Exception e) when (e is HttpRequestException or IOException or OperationCanceledException)
        {
            var detail = e is OperationCanceledException ? $"no answer within {Deadline.TotalSeconds} s" : e.Message;
            DiscoveryLog.RelayFailed(log, cluster.Config.Name, coordinator, detail);
            return Unavailable($"Coordinator {coordinator} did not answer: {detail}");
        }
    }

    private static RelayedAnswer Unavailable(string sentence) => new(
        HttpStatusCode.ServiceUnavailable, [KeyValuePair.Create("Content-Type", "text/plain")], Encoding.UTF8.GetBytes(sentence));
}
