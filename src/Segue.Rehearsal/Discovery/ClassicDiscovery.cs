using System.Net.Http.Headers;
using System.Text.Json;
using Segue.Core.Protocol;
using Segue.Rehearsal.Tasks;

namespace Segue.Rehearsal.Discovery;

/// <summary>The client of classic discovery: announces this node and, on a coordinator, looks the workers up (protocol.md §2.1).</summary>
internal sealed class ClassicDiscovery(RehearsalOptions options, HttpClient http, Uri discovery, Uri self, Announcement announcement)
{
    private static readonly TimeSpan DefaultDelay = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan LongestBackOff = TimeSpan.FromSeconds(1);

    /// <summary>Announces until cancelled, each time after 80 % of the lifetime that the server names.</summary>
    public Task AnnounceAsync(CancellationToken cancellation) =>
        RepeatAsync(0.8, async () =>
        {
            using var content = new ReadOnlyMemoryContent(announcement.Body(self));
            content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
            using var request = new HttpRequestMessage(HttpMethod.Put, Announcing) { Content = content };
            request.Headers.TryAddWithoutValidation("User-Agent", options.NodeId);
            using var answer = await http.SendAsync(request, cancellation);
            answer.EnsureSuccessStatusCode();
            return answer.Headers.CacheControl?.MaxAge;
        }, cancellation);

    /// <summary>Keeps the cluster's workers as the server lists them; an error keeps the list that was.</summary>
    public Task LookUpAsync(Cluster cluster, CancellationToken cancellation) =>
        RepeatAsync(1, async () =>
        {
            var service = Dialect.Of(options.Engine).ServiceType;
            using var request = new HttpRequestMessage(HttpMethod.Get, new Uri(discovery, $"/v1/service/{service}/general"));
            request.Headers.TryAddWithoutValidation("User-Agent", options.NodeId);
            using var answer = await http.SendAsync(request, cancellation);
            answer.EnsureSuccessStatusCode();
            using var list = JsonDocument.Parse(await answer.Content.ReadAsByteArrayAsync(cancellation));
            if (list.RootElement.GetProperty("environment").GetString() != options.Environment)
                throw new HttpRequestException("the list is of another environment");
            cluster.Replace([.. list.RootElement.GetProperty("services").EnumerateArray().Select(NodeOf).Where(node => !node.Coordinator)]);
            return answer.Headers.CacheControl?.MaxAge;
        }, cancellation);

    /// <summary>Takes the announcement back, as a clean stop does.</summary>
    public async Task UnannounceAsync(CancellationToken cancellation)
    {
        try
        {
            using var answer = await http.DeleteAsync(Announcing, cancellation);
        }
        catch (HttpRequestException)
        {
            // the server forgets this node by itself
        }
    }

    private Uri Announcing => new(discovery, $"/v1/announcement/{options.NodeId}");

    private static Node NodeOf(JsonElement service)
    {
        var properties = service.GetProperty("properties");
        return new Node(service.GetProperty("nodeId").GetString()!, new Uri(properties.GetProperty("http").GetString()!),
            properties.GetProperty("node_version").GetString()!, properties.GetProperty("coordinator").GetString() == "true");
    }

    private async Task RepeatAsync(double share, Func<Task<TimeSpan?>> once, CancellationToken cancellation)
    {
        var backOff = TimeSpan.FromMilliseconds(1);
        while (!cancellation.IsCancellationRequested)
        {
            TimeSpan delay;
            try
            {
                var age = await once();
                delay = (age > TimeSpan.Zero ? age.Value : DefaultDelay) * share;
                backOff = TimeSpan.FromMilliseconds(1);
            }
            catch (Exception failure) when (failure is HttpRequestException or JsonException)
            {
                delay = backOff = TimeSpan.FromTicks(Math.Min((backOff * 2).Ticks, LongestBackOff.Ticks));
            }
            await Task.Delay(delay, options.Time, cancellation);
        }
    }
}
