using System.Threading.Channels;
using Segue.Core.Leadership;
using Segue.Core.Model;
using Segue.Server.ControlLoop;
using Segue.Server.Tests.Discovery;

namespace Segue.Server.Tests.ControlLoop;

/// <summary>What is decided from an older look at the store replaces nothing that is there since (I4, R1.5).</summary>
public sealed class AssignmentStoreTests
{
    private readonly Channel<ConductorInput> _told = Channel.CreateUnbounded<ConductorInput>();

    [Fact]
    public async Task A_write_that_waited_behind_a_read_puts_no_older_epoch_back()
    {
        await using var store = new KeptInMemory();
        using var stop = new CancellationTokenSource();
        var (first, late) = (StoreOf(store), StoreOf(store));
        first.Write(Of(5));
        var firsts = first.RunAsync(stop.Token);
        (await NextAsync()).ShouldBe(new ConductorInput.WriteConfirmed(Of(5)));

        late.Read(1);
        late.Write(Of(3));
        var lates = late.RunAsync(stop.Token);
        (await NextAsync()).ShouldBe(new ConductorInput.Read(Of(5), 1));
        (await NextAsync()).ShouldBe(new ConductorInput.WriteFailed(Of(3), "epoch 5 is stored already"));
        late.Read(2);
        (await NextAsync()).ShouldBe(new ConductorInput.Read(Of(5), 2));

        stop.Cancel();
        await Task.WhenAll(firsts, lates).ContinueWith(static _ => { }, TaskScheduler.Default);
    }

    private AssignmentStore StoreOf(KeptInMemory store) => new("main", store, TimeProvider.System, input => _told.Writer.TryWrite(input));

    private ValueTask<ConductorInput> NextAsync() => _told.Reader.ReadAsync();

    private static Assignment Of(long epoch) => new()
    {
        Cluster = "main",
        Epoch = epoch,
        Active = "c1:80",
        Phase = AssignmentPhase.Proposed,
        Reason = "a test",
        At = DateTimeOffset.UnixEpoch,
    };
}
