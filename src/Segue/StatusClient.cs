using System.Net.Sockets;
using System.Text.Json;
using Segue.Server.Admin;

namespace Segue;

/// <summary>Asks an admin port; what goes wrong is a sentence that says what to check.</summary>
internal sealed class StatusClient(Uri admin) : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    private readonly HttpClient _http = new() { BaseAddress = admin, Timeout = Patience };

    public async Task<StatusAnswer> AskAsync(CancellationToken cancellation)
    {
        try
        {
            using var response = await _http.GetAsync("/api/status", cancellation);
            if (!response.IsSuccessStatusCode)
                return new(null, $"{admin} answered {(int)response.StatusCode} to /api/status: is it the admin port (`admin:`), not the clients' (`listen:`)?");
            await using var body = await response.Content.ReadAsStreamAsync(cancellation);
            return new(await JsonSerializer.DeserializeAsync(body, AdminJson.Default.StatusReport, cancellation), null);
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

    public void Dispose() => _http.Dispose();
}

/// <summary>Exactly one of the two is there.</summary>
internal readonly record struct StatusAnswer(StatusReport? Report, string? Problem);
