using System.Net;
using System.Net.Sockets;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Segue.Server.Admin;

namespace Segue;

/// <summary>Asks an admin port; what goes wrong is a sentence that says what to check.</summary>
internal sealed class AdminClient(Uri admin) : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    private readonly HttpClient _http = new() { BaseAddress = admin, Timeout = Patience };

    public Task<AdminAnswer<StatusReport>> StatusAsync(CancellationToken cancellation) =>
        AskAsync(HttpMethod.Get, "/api/status", AdminJson.Default.StatusReport, cancellation);

    public Task<AdminAnswer<EventReport[]>> HistoryAsync(int last, CancellationToken cancellation) =>
        AskAsync(HttpMethod.Get, $"/api/history?last={last}", AdminJson.Default.EventReportArray, cancellation);

    public Task<AdminAnswer<QueryListReport>> QueriesAsync(CancellationToken cancellation) =>
        AskAsync(HttpMethod.Get, "/api/queries", AdminJson.Default.QueryListReport, cancellation);

    public Task<AdminAnswer<QueryReport>> QueryAsync(string id, CancellationToken cancellation) =>
        AskAsync(HttpMethod.Get, PathOf(id), AdminJson.Default.QueryReport, cancellation);

    public Task<AdminAnswer<CancelReport>> CancelAsync(string id, CancellationToken cancellation) =>
        AskAsync(HttpMethod.Delete, PathOf(id), AdminJson.Default.CancelReport, cancellation);

    public void Dispose() => _http.Dispose();

    private static string PathOf(string id) => $"/api/queries/{Uri.EscapeDataString(id)}";

    private async Task<AdminAnswer<T>> AskAsync<T>(HttpMethod method, string path, JsonTypeInfo<T> type, CancellationToken cancellation)
        where T : class
    {
        try
        {
            using var request = new HttpRequestMessage(method, path);
            using var response = await _http.SendAsync(request, cancellation);
            await using var body = await response.Content.ReadAsStreamAsync(cancellation);
            if (response.StatusCode is HttpStatusCode.OK or HttpStatusCode.Conflict)
                return new(await JsonSerializer.DeserializeAsync(body, type, cancellation), null);
            if (response is { StatusCode: HttpStatusCode.NotFound or HttpStatusCode.Forbidden, Content.Headers.ContentType.MediaType: "text/plain" }
                && path.StartsWith("/api/queries/", StringComparison.Ordinal))
                return new(null, (await response.Content.ReadAsStringAsync(cancellation)).Trim(), Refused: true);
            return new(null, $"{admin} answered {(int)response.StatusCode} to {path}: is it the admin port (`admin:`), not the clients' (`listen:`)?");
        }
        catch (HttpRequestException e)
        {
            var why = e.InnerException is SocketException socket ? socket.Message : e.Message;
            return new(null, $"{admin} cannot be reached ({why}): is `segue serve` running there, and is this its `admin:` address? Give another with --admin or SEGUE_ADMIN.");
        }
        catch (TaskCanceledException) when (!cancellation.IsCancellationRequested)
        {
            return new(null, $"{admin} did not answer within {HumanDuration.Of(Patience)}: is something between here and there dropping packets, or is the process stopped?");
        }
        catch (JsonException e)
        {
            return new(null, $"{admin} answered, but not as a Segue of this version does ({e.Message})");
        }
    }
}

/// <summary>Exactly one of report and problem is there.</summary>
/// <param name="Refused">It is Segue that answers, and it does not do what was asked.</param>
internal readonly record struct AdminAnswer<T>(T? Report, string? Problem, bool Refused = false)
    where T : class;
