using System.Threading.Channels;

namespace Segue.Server.Members;

/// <summary>Numbered questions to the store, asked by decisions that do not wait: an answer to the latest one answers the earlier ones.</summary>
internal sealed class Questions
{
    private readonly Channel<long> _asked = Channel.CreateUnbounded<long>(new() { SingleReader = true });

    public void Ask(long question) => _asked.Writer.TryWrite(question);

    /// <summary>The latest of those that wait, once there is one.</summary>
    public async ValueTask<long> NextAsync(CancellationToken stop)
    {
        var latest = await _asked.Reader.ReadAsync(stop);
        while (_asked.Reader.TryRead(out var later))
            latest = Math.Max(latest, later);
        return latest;
    }
}
