using System.Text;
using Microsoft.Extensions.Logging;
using Segue.Core.Configuration;
using Segue.Core.Routing;
using Segue.Server.Store.Etcd;
using Segue.Server.Store.Postgres;

namespace Segue.Server.Store;

/// <summary>Opens the store that is configured, and what a deployment has besides when it is shared.</summary>
internal static class SharedStore
{
    private const string DeploymentKey = "deployment";

    private static readonly TimeSpan StartPatience = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan RetryAfter = TimeSpan.FromSeconds(1);

    /// <summary>The deployment's keys from outside the store (R3.6); null where the embedded one has its own.</summary>
    /// <exception cref="IOException">The file cannot be read, is open to others, or holds no key.</exception>
    public static KeyRing? KeysOf(StoreConfig config)
    {
        if ((config.Key ?? config.KeyFile) is null)
            return null;
        var text = config.Key ?? File.ReadAllText(config.KeyFile!);
        if (config.Key is null && PrivateFile.IsOpenToOthers(config.KeyFile!))
            throw new IOException($"{config.KeyFile} can be used by others than its owner. Run: chmod 600 {config.KeyFile}");
        return KeyRing.TryParse(text, out var keys)
            ? keys
            : throw new IOException(
                $"{config.KeyFile} does not hold {TokenKey.Size} bytes in base64, or two such keys, the present and the previous one. Make one: head -c {TokenKey.Size} /dev/urandom | base64");
    }

    /// <summary>A server that is just being started, or crowded, is waited for.</summary>
    /// <exception cref="StoreStartException">It cannot be used.</exception>
    public static async ValueTask<ISessionStore> OpenAsync(
        StoreConfig config, DataDirectory directory, ILoggerFactory loggers, TimeProvider time, CancellationToken cancellation)
    {
        var began = time.GetTimestamp();
        while (true)
        {
            try
            {
                return await OpenOnceAsync(config, directory, loggers, time, cancellation);
            }
            catch (StoreStartException failed) when (config.Url.Kind != StoreKind.Embedded && time.GetElapsedTime(began) < StartPatience)
            {
                loggers.CreateLogger<ISessionStore>().StoreAwaited(failed.Message, StartPatience.TotalSeconds);
                await Task.Delay(RetryAfter, time, cancellation);
            }
        }
    }

    private static async ValueTask<ISessionStore> OpenOnceAsync(
        StoreConfig config, DataDirectory directory, ILoggerFactory loggers, TimeProvider time, CancellationToken cancellation) => config.Url.Kind switch
    {
        StoreKind.Embedded => EmbeddedStore.Open(directory, loggers.CreateLogger<EmbeddedStore>(), time),
        StoreKind.Postgres => await PostgresStore.OpenAsync(config, loggers.CreateLogger<PostgresStore>(), time, cancellation),
        StoreKind.Etcd => await EtcdStore.OpenAsync(config, loggers.CreateLogger<EtcdStore>(), time, cancellation),
        _ => throw new InvalidOperationException($"no such store: {config.Url.Kind}"),
    };

    /// <summary>The deployment's id: the first member's directory gives it.</summary>
    /// <exception cref="StoreStartException">The store does not answer.</exception>
    public static async ValueTask<string> DeploymentOfAsync(IStore store, DataDirectory directory, CancellationToken cancellation)
    {
        await store.WriteAsync(DeploymentKey, Encoding.UTF8.GetBytes(directory.DeploymentId), 0, cancellation);
        var read = await store.ReadAsync(DeploymentKey, cancellation);
        return read is { Succeeded: true, Value: { } id }
            ? Encoding.UTF8.GetString(id.Value.Span)
            : throw new StoreStartException($"The deployment's id cannot be read from the store: {read.Detail ?? "it is not there."}");
    }
}
