using System.Text.Json.Serialization;
using System.Threading.Channels;
using Segue.Core.Model;
using Segue.Server.Store;

namespace Segue.Server.ControlLoop;

/// <summary>Keeps which process is active for the Segue that comes after this one, behind the decisions: nothing waits for it (I8).</summary>
internal sealed class ProcessStore(string cluster, IStore store, TimeProvider time)
{
    private readonly Channel<ActiveProcess> _work = Channel.CreateBounded<ActiveProcess>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropOldest });
    private readonly StoredValue<ActiveProcess> _stored = new($"process/{cluster}", store, ProcessJson.Default.ActiveProcess, time);

    public Task<ActiveProcess?> ReadAsync(CancellationToken stop) => _stored.ReadAsync(stop);

    public void Keep(ActiveProcess process) => _work.Writer.TryWrite(process);

    public async Task RunAsync(CancellationToken stop)
    {
        await foreach (var process in _work.Reader.ReadAllAsync(stop))
        {
            // what comes later is truer
            while (!await TryWriteAsync(process, stop) && !_work.Reader.TryPeek(out _))
                await Task.Delay(StoredValue<ActiveProcess>.RetryAfter, time, stop);
        }
    }

    /// <returns>True where the store has it, or that of a later epoch.</returns>
    private async Task<bool> TryWriteAsync(ActiveProcess process, CancellationToken stop)
    {
        var isOld = false;
        var problem = await _stored.TryWriteAsync(process, stored => (isOld = stored.Epoch > process.Epoch) ? "that of a later epoch is stored" : null, stop);
        return problem is null || isOld;
    }
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(ActiveProcess))]
internal sealed partial class ProcessJson : JsonSerializerContext;
