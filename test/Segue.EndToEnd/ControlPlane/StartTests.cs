using System.Runtime.Versioning;
using Segue.EndToEnd.Processes;

namespace Segue.EndToEnd.ControlPlane;

/// <summary>Segue or its coordinators end and start again.</summary>
[UnsupportedOSPlatform("windows")]
public sealed class StartTests
{
    [Fact]
    public async Task One_coordinator_alone_restarted_in_place_is_waited_for()
    {
        await using var segue = await ConfiguredSegue.StartAsync(1, 1);
        using var client = segue.Client();
        var alone = segue.Coordinators[0];
        alone.Process.Kill();
        await segue.WaitAsync("a hold", status => status.Holding);
        var held = await client.PostAsync("SELECT 1");
        held.State.ShouldBe("QUEUED");
        await alone.RestartAsync();

        var run = await client.FollowAsync(held);
        run[^1].State.ShouldBe("FINISHED", run[^1].Json.ToString());
        run.SelectMany(reply => reply.Rows).ShouldBe(["[1]"]);
        (await segue.ReportAsync()).Clusters[0].ShouldSatisfyAllConditions(
            status => status.Epoch.ShouldBe(2),
            status => status.Active.ShouldBe(alone.Name));
    }

    [Fact]
    public async Task However_often_it_is_killed_it_starts_again_with_the_assignment_it_had_or_a_later_one()
    {
        await using var segue = await ConfiguredSegue.StartAsync(2, 2);
        var random = new Random(20_260_301);
        var time = TimeProvider.System;
        var began = time.GetTimestamp();
        var (epoch, active) = (0L, "");
        var kills = 0;
        for (; kills < 6 || (kills < 20 && time.GetElapsedTime(began) < TimeSpan.FromSeconds(45)); kills++)
        {
            await segue.WaitAsync("somebody active", status => !status.Holding);
            var status = (await segue.ReportAsync()).Clusters[0];
            status.Epoch.ShouldBeGreaterThanOrEqualTo(epoch);
            if (status.Epoch == epoch)
                status.Active.ShouldBe(active);
            (epoch, active) = (status.Epoch, status.Active!);

            // a failover begins to be written, and Segue ends at some moment of it
            var dying = segue.Coordinators.Single(coordinator => coordinator.Name == active);
            dying.Process.Kill();
            await Task.Delay(TimeSpan.FromMilliseconds(random.Next(150)), time);
            segue.Segue.Kill();
            await segue.Segue.DisposeAsync();
            await dying.RestartAsync();
            segue.Start();
        }
        await segue.WaitAsync("somebody active", status => !status.Holding);
        segue.Segue.Output.ShouldNotContain("cannot be read");
        epoch.ShouldBeGreaterThan(2);
    }

    [Fact]
    public async Task It_goes_on_with_the_coordinator_it_had_and_says_why_that_one_was_chosen()
    {
        await using var segue = await ConfiguredSegue.StartAsync(2, 2);
        var active = (await segue.ReportAsync()).Clusters[0].Active;
        var first = segue.Coordinators.Single(coordinator => coordinator.Name == active);
        first.Process.Kill();
        await segue.WaitAsync("the other active", status => status is { Epoch: 2, Holding: false });
        var reason = (await segue.ReportAsync()).Clusters[0].Reason;
        await first.RestartAsync();
        await segue.WaitAsync("the first ready", status => status.Coordinators.All(one => one.Ready));
        segue.Segue.Kill();
        await segue.Segue.DisposeAsync();
        segue.Start();

        await segue.WaitAsync("somebody active", status => !status.Holding);
        var report = await segue.ReportAsync();
        report.Clusters[0].Active.ShouldNotBe(active);
        report.Clusters[0].Epoch.ShouldBe(2);
        report.Clusters[0].Reason.ShouldBe(reason);
        report.Events.ShouldContain(happened => happened.Kind == "Resumed");
    }

    [Theory]
    [InlineData("segue.db", "The store ", "is damaged")]
    [InlineData("key", "The key file ", "instead of 32")]
    [InlineData("deployment", "", "does not hold a deployment's id")]
    public async Task A_file_of_the_data_directory_that_is_not_ours_is_named(string file, string says, string what)
    {
        var folder = Directory.CreateTempSubdirectory("segue-foreign-");
        var path = Path.Combine(folder.FullName, file);
        await File.WriteAllTextAsync(path, new string('x', 5000));
        File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite);

        await using var segue = SegueProcess.Start(
            "serve", "--engine", "presto", "--coordinator", "http://127.0.0.1:1", "--listen", "http://127.0.0.1:0", "--admin", "http://127.0.0.1:0", "--data-dir", folder.FullName);
        await segue.WaitForExitAsync(ConfiguredSegue.Patience);

        segue.ExitCode.ShouldBe(1);
        segue.Output.ShouldContain($"segue cannot start: {says}{path} ");
        segue.Output.ShouldContain(what);
        folder.Delete(recursive: true);
    }
}
