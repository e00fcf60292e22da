using System.Data.Common;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Text.Json;

namespace Segue.Server.Store;

/// <summary>Asks a store over the network: an answer within the time, or <see cref="StoreError.Unavailable"/>; never an exception for a server that is away.</summary>
internal sealed class StoreDeadline : IDisposable
{
    private readonly TimeSpan _patience;
    private readonly TimeProvider _time;
    private readonly StoreHealth _health;
    private readonly CancellationTokenSource _closing = new();

    public StoreDeadline(TimeSpan patience, TimeProvider time, StoreHealth health)
    {
        _patience = patience;
        _time = time;
        _health = health;
        Closed = _closing.Token;
    }

    /// <summary>Canceled when the store is closed.</summary>
    public CancellationToken Closed { get; }

    public async ValueTask<StoreResult<T>> AskAsync<T>(Func<CancellationToken, Task<StoreResult<T>>> ask, CancellationToken cancellation)
    {
        cancellation.ThrowIfCancellationRequested();
        if (Closed.IsCancellationRequested)
            return new(default!, StoreError.Unavailable, "The store is closed.");
        using var deadline = new CancellationTokenSource(_patience, _time);
        using var any = CancellationTokenSource.CreateLinkedTokenSource(deadline.Token, cancellation, Closed);
        try
        {
            // the driver may take its time to notice that it was given up
            var result = await ask(any.Token).WaitAsync(any.Token);
            if (result.Error == StoreError.Unavailable)
                _health.Fails(result.Detail!);
            else
                _health.Works();
            return result;
        }
        catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
        {
            throw;
        }
        catch (Exception exception) when (IsOfTheNetwork(exception))
        {
            if (Closed.IsCancellationRequested)
                return new(default!, StoreError.Unavailable, "The store is closed.");
            var detail = deadline.IsCancellationRequested ? $"It did not answer within {_patience.TotalSeconds:0.#} s." : Sentence(exception);
            _health.Fails(detail);
            return new(default!, StoreError.Unavailable, detail);
        }
    }

    /// <summary>What waits, and what is asked from now on, is answered with <see cref="StoreError.Unavailable"/>.</summary>
    public void Dispose()
    {
        if (Closed.IsCancellationRequested)
            return;
        _closing.Cancel();
        _closing.Dispose();
    }

    public static bool IsOfTheNetwork(Exception exception) => exception is DbException or IOException or SocketException or TimeoutException
        or OperationCanceledException or HttpRequestException or AuthenticationException or JsonException or ObjectDisposedException;

    private static string Sentence(Exception exception)
    {
        // the outer one of a broken connection says only that there was one
        var message = exception.InnerException is { } inner ? $"{exception.Message.TrimEnd('.')}: {inner.Message}" : exception.Message;
        return message.EndsWith('.') ? message : message + ".";
    }
}
