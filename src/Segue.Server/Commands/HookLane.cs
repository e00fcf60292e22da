using System.Threading.Channels;
using Segue.Core.Hooks;

namespace Segue.Server.Commands;

/// <summary>Runs the hooks of one <see cref="HookLine"/>, one at a time, apart from who tells them.</summary>
/// <param name="run">Must not throw.</param>
internal sealed class HookLane(Func<HookEvent, Task> run, Action<HookEvent> leaveOut)
{
    private readonly Channel<HookEvent> _told = Channel.CreateUnbounded<HookEvent>(new() { SingleReader = true });
    private Task _running = Task.CompletedTask;

    public void Start() => _running = RunAsync();

    /// <summary>Never blocks; after the stop it does nothing.</summary>
    public void Tell(HookEvent told) => _told.Writer.TryWrite(told);

    /// <summary>Runs what was told before, and ends.</summary>
    public Task StopAsync()
    {
        _told.Writer.TryComplete();
        return _running;
    }

    private async Task RunAsync()
    {
        var backlog = HookBacklog.Empty;
        while (!backlog.Waiting.IsEmpty || await _told.Reader.WaitToReadAsync())
        {
            while (_told.Reader.TryRead(out var told))
            {
                backlog = backlog.Add(told, out var leftOut);
                foreach (var one in leftOut)
                    leaveOut(one);
            }
            var next = backlog.Waiting[0];
            backlog = new HookBacklog(backlog.Waiting.RemoveAt(0));
            await run(next);
        }
    }
}
