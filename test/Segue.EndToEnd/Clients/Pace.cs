namespace Segue.EndToEnd.Clients;

/// <summary>Takes bodies no faster than it is told; what it has not taken waits at the other side.</summary>
internal sealed class Pace(double bytesPerSecond)
{
    private const int Sip = 64 << 10;

    public async Task<byte[]> ReadAsync(HttpContent content)
    {
        var time = TimeProvider.System;
        await using var body = await content.ReadAsStreamAsync();
        using var whole = new MemoryStream();
        var (began, sip) = (time.GetTimestamp(), new byte[Sip]);
        for (int count; (count = await body.ReadAsync(sip)) > 0;)
        {
            whole.Write(sip, 0, count);
            var ahead = TimeSpan.FromSeconds(whole.Length / bytesPerSecond) - time.GetElapsedTime(began);
            if (ahead > TimeSpan.Zero)
                await Task.Delay(ahead, time);
        }
        return whole.ToArray();
    }
}
