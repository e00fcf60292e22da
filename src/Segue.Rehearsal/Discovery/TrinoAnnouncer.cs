using System.Net;
using System.Text;
using Segue.Rehearsal.Tasks;

namespace Segue.Rehearsal.Discovery;

/// <summary>A Trino worker's announcement: its own URI, over cleartext HTTP/2 with prior knowledge (protocol.md §2.3).</summary>
internal sealed class TrinoAnnouncer(RehearsalOptions options, HttpClient http, Uri discovery, Uri self, InternalBearer bearer)
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(5);

    /// <summary>Sooner than the engine repeats after a failure, so that rehearsals start quickly.</summary>
    private static readonly TimeSpan AfterFailure = TimeSpan.FromSeconds(1);

    public async Task AnnounceAsync(CancellationToken cancellation)
    {
        while (!cancellation.IsCancellationRequested)
        {
            var delay = Interval;
            try
            {
                using var request = new HttpRequestMessage(HttpMethod.Post, new Uri(discovery, "/v1/announce"))
                {
                    Version = HttpVersion.Version20,
                    VersionPolicy = HttpVersionPolicy.RequestVersionExact,
                    Content = new StringContent(self.OriginalString, Encoding.UTF8, "text/plain"),
                };
                request.Headers.Add(InternalBearer.Header, bearer.Sign());
                using var answer = await http.SendAsync(request, cancellation);
                if (!answer.IsSuccessStatusCode)
                    delay = AfterFailure;
            }
            catch (HttpRequestException)
            {
                delay = AfterFailure;
            }
            await Task.Delay(delay, options.Time, cancellation);
        }
    }
}
