using Microsoft.AspNetCore.Http;

namespace Segue.Server.Gateway.Clients;

/// <summary>One statement request of a client, and how much of its time was spent waiting for others.</summary>
internal sealed class ClientCall(HttpContext context, ClientOrigin origin, TimeProvider time)
{
    private readonly long _began = time.GetTimestamp();
    private long _waited;

    public HttpContext Context => context;

    public ClientOrigin Origin => origin;

    public CancellationToken Aborted => context.RequestAborted;

    /// <summary>The credentials serve one upstream call alone (R4.2).</summary>
    public bool IsNegotiate => context.Request.Headers.Authorization.ToString().StartsWith("Negotiate", StringComparison.OrdinalIgnoreCase);

    /// <summary>Its time so far without the waits: what Segue added.</summary>
    public TimeSpan Added => time.GetElapsedTime(_waited, time.GetTimestamp() - _began);

    /// <summary>Waits for somebody else: the coordinator, the client, a hold, another request of the same query.</summary>
    public ValueTask<T> For<T>(ValueTask<T> other) => other.IsCompleted ? other : MeasureAsync(other);

    public Task<T> For<T>(Task<T> other) => other.IsCompleted ? other : MeasureAsync(new ValueTask<T>(other)).AsTask();

    public ValueTask For(ValueTask other) => other.IsCompleted ? other : MeasureAsync(other);

    public ValueTask For(Task other) => For(new ValueTask(other));

    private async ValueTask MeasureAsync(ValueTask other)
    {
        var from = time.GetTimestamp();
        try
        {
            await other;
        }
        finally
        {
            _waited += time.GetTimestamp() - from;
        }
    }

    private async ValueTask<T> MeasureAsync<T>(ValueTask<T> other)
    {
        var from = time.GetTimestamp();
        try
        {
            return await other;
        }
        finally
        {
            _waited += time.GetTimestamp() - from;
        }
    }
}
