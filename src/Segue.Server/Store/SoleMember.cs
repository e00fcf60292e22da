using System.Globalization;
using System.Text.Json;
using Microsoft.Extensions.Logging;
using Segue.Core.Configuration;

namespace Segue.Server.Store;

/// <summary>Holds the place of the one member that may run with a shared store in this version, by a key that is bound to its session.</summary>
internal sealed class SoleMember : IAsyncDisposable
{
    private const string Key = "member";

    private static readonly TimeSpan Ttl = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(3);
    private static readonly TimeSpan RetryAfter = TimeSpan.FromMilliseconds(500);
    private static readonly TimeSpan EndPatience = TimeSpan.FromSeconds(1);

    private readonly ISessionStore _store;
    private readonly StoreUrl _url;
    private readonly MemberPlace _place;
    private readonly ILogger _logger;
    private readonly TimeProvider _time;
    private readonly CancellationTokenSource _stopping = new();
    private readonly TaskCompletionSource<string> _displaced = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private Task _renewing = Task.CompletedTask;
    private StoreSession? _session;

    private SoleMember(ISessionStore store, StoreUrl url, MemberPlace place, ILogger logger, TimeProvider time)
    {
        _store = store;
        _url = url;
        _place = place;
        _logger = logger;
        _time = time;
    }

    /// <summary>Ends where another member has taken the place, because this one's session ran out and the store told it too late.</summary>
    public Task<string> Displaced => _displaced.Task;

    /// <summary>Waits for the session of a member that was killed to run out. One that was killed with this data directory is not waited for.</summary>
    /// <exception cref="StoreStartException">Another member runs, or the store does not answer.</exception>
    public static async ValueTask<SoleMember> TakeAsync(
        ISessionStore store, StoreUrl url, DataDirectory directory, ILogger logger, TimeProvider time, CancellationToken cancellation)
    {
        var member = new SoleMember(
            store, url, new MemberPlace(Environment.MachineName, Environment.ProcessId, directory.DeploymentId, time.GetUtcNow()), logger, time);
        var began = time.GetTimestamp();
        for (var waits = false; await member.TryTakeAsync(cancellation) is { } holder; await Task.Delay(RetryAfter, time, cancellation))
        {
            if (time.GetElapsedTime(began) > Ttl + Interval)
                throw new StoreStartException($"{holder} runs with the store {url}. This version runs one member at a time: stop that one first.");
            if (!waits)
                logger.WaitsForMember(holder.ToString(), url.ToString(), Ttl.TotalSeconds);
            waits = true;
        }
        member._renewing = member.RenewAsync(member._stopping.Token);
        return member;
    }

    public async ValueTask DisposeAsync()
    {
        _stopping.Cancel();
        await _renewing;
        _stopping.Dispose();
        using var patience = new CancellationTokenSource(EndPatience, _time);
        try
        {
            if (_session is not null && !_displaced.Task.IsCompleted)
                await _store.EndAsync(_session, patience.Token);
        }
        catch (OperationCanceledException) when (patience.IsCancellationRequested)
        {
            // the store is away: the session runs out by itself
        }
    }

    /// <summary>Who holds the place, or null where it is taken now.</summary>
    private async Task<MemberPlace?> TryTakeAsync(CancellationToken cancellation)
    {
        while (true)
        {
            var read = Answer(await _store.ReadAsync(Key, cancellation));
            // the directory's lock says that the earlier process has ended
            if (read is not null && JsonSerializer.Deserialize(read.Value.Span, StoreJson.Default.MemberPlace) is { } holder
                && (holder.Machine, holder.Directory) != (_place.Machine, _place.Directory))
                return holder;
            _session = Answer(await _store.OpenSessionAsync(Ttl, cancellation));
            var written = await _store.WriteAsync(
                Key, JsonSerializer.SerializeToUtf8Bytes(_place, StoreJson.Default.MemberPlace), read?.Version ?? 0, _session, cancellation);
            if (written.Error != StoreError.Conflict)
            {
                Answer(written);
                return null;
            }
        }
    }

    private T Answer<T>(StoreResult<T> result) =>
        result.Succeeded ? result.Value : throw new StoreStartException($"The store {_url} does not answer: {result.Detail}");

    private async Task RenewAsync(CancellationToken stop)
    {
        try
        {
            while (true)
            {
                await Task.Delay(Interval, _time, stop);
                var renewed = await _store.RenewAsync(_session!, stop);
                if (renewed.Error == StoreError.Conflict && !await RetakeAsync(stop))
                    return;
            }
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            // the ordinary end
        }
    }

    /// <summary>False where another has the place.</summary>
    private async Task<bool> RetakeAsync(CancellationToken stop)
    {
        try
        {
            if (await TryTakeAsync(stop) is { } holder)
            {
                var why = $"{holder} has taken this member's place in the store {_url}, which this one did not reach for {Ttl.TotalSeconds:0} s. One member runs at a time.";
                _logger.MemberDisplaced(why);
                _displaced.TrySetResult(why);
                return false;
            }
            _logger.SessionOpenAgain(_url.ToString());
        }
        catch (StoreStartException)
        {
            // away again: the store said so in the log, and the next renewal finds the same
        }
        return true;
    }
}

/// <param name="Directory">The id of its data directory.</param>
internal sealed record MemberPlace(string Machine, int Process, string Directory, DateTimeOffset Since)
{
    public override string ToString() =>
        string.Create(CultureInfo.InvariantCulture, $"Another Segue (process {Process} on {Machine}, since {Since:yyyy-MM-dd HH:mm:ss}Z)");
}
