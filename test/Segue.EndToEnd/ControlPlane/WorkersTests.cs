using Segue.Demo;

namespace Segue.EndToEnd.ControlPlane;

/// <summary>The workers that a coordinator is said to see.</summary>
public sealed class WorkersTests
{
    [Fact]
    public async Task A_worker_that_comes_after_the_canary_is_counted_before_the_next_one_is_due()
    {
        await using var segue = await ConfiguredSegue.StartAsync(1, 1);

        await using var late = segue.StartWorker(DemoNode.FreePorts(1)[0]);

        await segue.WaitAsync("both workers seen", static status => status.Coordinators[0].WorkersSeen == 2);
    }
}
