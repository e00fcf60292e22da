namespace Segue.EndToEnd.ControlPlane;

/// <summary>The configuration file changes while Segue runs.</summary>
public sealed class ReloadTests
{
    private const string Nations = "SELECT nationkey, name FROM tpch.tiny.nation ORDER BY nationkey";

    [Fact]
    public async Task The_active_coordinator_taken_out_of_the_file_ends_its_queries_while_another_takes_the_new_ones()
    {
        // a statement stays queued for a while, so that this one outlasts the move
        await using var segue = await ConfiguredSegue.StartAsync(3, 2, "--first-poll-delay", "2500");
        var active = (await segue.ReportAsync()).Clusters[0].Active;
        var first = segue.Coordinators.Single(coordinator => coordinator.Name == active);
        var second = segue.Coordinators.Take(2).Single(coordinator => coordinator != first);
        var third = segue.Coordinators[2];
        using var client = segue.Client();
        var polled = await client.GetAsync((await client.PostAsync(Nations)).NextUri.ShouldNotBeNull());

        segue.Write([second, third]);
        segue.Segue.HangUp();
        await segue.WaitAsync("the second active", status => status is { Epoch: 2, Holding: false } && status.Active == second.Name);
        await segue.WaitAsync("the third ready", status => status.Coordinators.Single(one => one.Name == third.Name).Ready);
        var report = await segue.ReportAsync();
        report.Clusters[0].Reason.ShouldNotBeNull().ShouldStartWith($"{first.Name} was taken out of the configuration; {second.Name} takes over as epoch 2");
        report.Clusters[0].Coordinators.Single(one => one.Name == first.Name).Role.ShouldBe("draining");
        report.Events.ShouldContain(happened => happened.Kind == "Moved");
        (await client.RunAsync("SELECT 7"))[^1].State.ShouldBe("FINISHED");
        (await first.RunsOfAsync("SELECT 7")).Count.ShouldBe(0, "it gets no new statement");

        var run = await client.FollowAsync(polled);
        run[^1].State.ShouldBe("FINISHED", run[^1].Json.ToString());
        run.SelectMany(reply => reply.Rows).Count().ShouldBe(25);
        (await first.RunsOfAsync(Nations)).ShouldBe([25]);
        (await second.RunsOfAsync(Nations)).ShouldBeEmpty("it was not run again");

        first.Process.Kill();
        await segue.WaitAsync("the first one forgotten", status => status.Coordinators.All(one => one.Name != first.Name));
        await segue.Segue.WaitForOutputAsync("was read again: clusters[0].coordinators.urls[", ConfiguredSegue.Patience);
    }

    [Fact]
    public async Task A_bad_file_changes_nothing_and_is_explained_and_the_next_good_one_is_taken_by_itself()
    {
        await using var segue = await ConfiguredSegue.StartAsync(2, 1);
        segue.Write([segue.Coordinators[1]], "    hold: { max_time: 5 }");
        segue.Segue.HangUp();
        await segue.Segue.WaitForOutputAsync("has 1 errors: Segue goes on with the last good one", ConfiguredSegue.Patience);
        await segue.Segue.WaitForOutputAsync($"{segue.File}:8: clusters[0].hold.max_time: ", ConfiguredSegue.Patience);
        (await segue.ReportAsync()).Clusters[0].ShouldSatisfyAllConditions(
            status => status.Active.ShouldBe(segue.Coordinators[0].Name),
            status => status.Coordinators.Length.ShouldBe(1));

        segue.Write(segue.Coordinators);
        await segue.WaitAsync("both ready", status => status.Coordinators.Length == 2 && status.Coordinators.All(one => one.Ready));
        (await segue.ReportAsync()).Clusters[0].ShouldSatisfyAllConditions(
            status => status.Active.ShouldBe(segue.Coordinators[0].Name),
            status => status.Epoch.ShouldBe(1));
    }
}
