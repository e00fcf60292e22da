using Segue.Server.ControlLoop;

namespace Segue.Server.Tests.ControlLoop;

/// <summary>A new epoch opens only after every send under the old one has ended (R1.3).</summary>
public sealed class EpochGateTests
{
    private readonly EpochGate _gate = new(TimeProvider.System);

    [Theory]
    [InlineData(0, "c1", 1, "c1", false)]
    [InlineData(1, "c1", 1, "c1", true)]
    [InlineData(1, "c1", 2, "c1", false)]
    [InlineData(2, "c1", 1, "c1", false)]
    [InlineData(1, "c1", 1, "c2", false)]
    public void Only_the_coordinator_of_the_open_epoch_can_be_sent_to(long open, string openTo, long epoch, string coordinator, bool enters)
    {
        if (open > 0)
            _gate.OpenTo(open, openTo);
        (_gate.TryEnter(epoch, coordinator) is not null).ShouldBe(enters);
    }

    [Fact]
    public async Task Closing_revokes_what_is_under_way_and_ends_with_the_last_of_it()
    {
        _gate.OpenTo(1, "c1");
        var first = _gate.TryEnter(1, "c1")!;
        var second = _gate.TryEnter(1, "c1")!;
        first.Revoked.IsCancellationRequested.ShouldBeFalse();

        var closed = _gate.CloseAsync(TimeSpan.Zero);
        first.Revoked.IsCancellationRequested.ShouldBeTrue();
        second.Revoked.IsCancellationRequested.ShouldBeTrue();
        _gate.TryEnter(1, "c1").ShouldBeNull("it is closing");
        first.Dispose();
        first.Dispose();
        closed.IsCompleted.ShouldBeFalse("one that is given back twice counts once");
        second.Dispose();
        await closed.WaitAsync(TimeSpan.FromSeconds(20), TimeProvider.System);
    }

    [Fact]
    public void What_has_ended_before_holds_nothing_up()
    {
        _gate.CloseAsync(TimeSpan.Zero).IsCompleted.ShouldBeTrue("nothing was open");
        _gate.OpenTo(1, "c1");
        _gate.TryEnter(1, "c1")!.Dispose();
        _gate.CloseAsync(TimeSpan.Zero).IsCompleted.ShouldBeTrue();
        _gate.OpenTo(2, "c2");
        _gate.TryEnter(2, "c2").ShouldNotBeNull();
    }

    [Fact]
    public async Task No_send_of_two_epochs_is_ever_under_way_at_once()
    {
        var under = new int[2];
        var stop = new CancellationTokenSource();
        long epoch = 0;
        var senders = Enumerable.Range(0, 4).Select(_ => Task.Factory.StartNew(Send, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default)).ToArray();
        for (epoch = 1; epoch <= 2000; epoch++)
        {
            _gate.OpenTo(epoch, "c");
            await _gate.CloseAsync(TimeSpan.Zero);
            Volatile.Read(ref under[epoch % 2]).ShouldBe(0);
        }
        stop.Cancel();
        await Task.WhenAll(senders);

        void Send()
        {
            while (!stop.IsCancellationRequested)
            {
                var mine = Interlocked.Read(ref epoch);
                using var lease = _gate.TryEnter(mine, "c");
                if (lease is null)
                    continue;
                Interlocked.Increment(ref under[mine % 2]);
                Interlocked.Decrement(ref under[mine % 2]);
            }
        }
    }
}
