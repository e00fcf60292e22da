using System.Text.Json;
using System.Text.Json.Serialization;
using System.Threading.Channels;
using Segue.Core.Model;
using Segue.Server.Store;

namespace Segue.Server.ControlLoop;

/// <summary>Keeps which process is active for the Segue that comes after this one, behind the decisions: nothing waits for it (I8).</summary>
internal sealed class ProcessStore(string cluster, IStore store, TimeProvider time)
{
    private static readonly TimeSpan RetryAfter = TimeSpan.FromMilliseconds(200);

    private readonly Channel<ActiveProcess> _work = Channel.CreateBounded<ActiveProcess>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropOldest });
    private readonly string _key = $"process/{cluster}";
    private long? _version;

    /// <summary>Tries until the store answers.</summary>
    public async Task<ActiveProcess?> ReadAsync(CancellationToken stop)
    {
        while (true)
        {
            var (stored, succeeded) = await TryReadAsync(stop);
            if (succeeded)
                return stored;
            await Task.Delay(RetryAfter, time, stop);
        }
    }

    public void Keep(ActiveProcess process) => _work.Writer.TryWrite(process);

    public async Task RunAsync(CancellationToken stop)
    {
        await foreach (var process in _work.Reader.ReadAllAsync(stop))
        {
            // what comes later is truer
            while (!await TryWriteAsync(process, stop) && !_work.Reader.TryPeek(out _))
                await Task.Delay(RetryAfter, time, stop);
        }
    }

    /// <returns>True where the store has it, or that of a later epoch.</returns>
    private async Task<bool> TryWriteAsync(ActiveProcess process, CancellationToken stop)
    {
        if (_version is null)
        {
            var (stored, succeeded) = await TryReadAsync(stop);
            if (!succeeded || stored?.Epoch > process.Epoch)
                return succeeded;
        }
        var written = await store.WriteAsync(_key, JsonSerializer.SerializeToUtf8Bytes(process, ProcessJson.Default.ActiveProcess), _version!.Value, stop);
        _version = written.Succeeded ? written.Value : null;
        return written.Succeeded;
    }

    private async Task<(ActiveProcess? Stored, bool Succeeded)> TryReadAsync(CancellationToken stop)
    {
        var read = await store.ReadAsync(_key, stop);
        if (!read.Succeeded)
            return (null, false);
        _version = read.Value?.Version ?? 0;
        return (read.Value is { } value ? JsonSerializer.Deserialize(value.Value.Span, ProcessJson.Default.ActiveProcess) : null, true);
    }
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(ActiveProcess))]
internal sealed partial class ProcessJson : JsonSerializerContext;
