using System.Collections.Immutable;
using System.Diagnostics;
using System.Globalization;
using System.Text;
using Segue.Core.Configuration;
using Segue.Core.Hooks;
using Segue.Core.Model;
using Segue.Server.Commands;
using Segue.Server.ControlLoop;
using Segue.Server.Telemetry;
using Segue.Server.Tests.ControlLoop;
using Segue.Server.Tests.Gateway;

namespace Segue.Server.Tests.Commands;

/// <summary>Operators' commands at changes of roles, with real processes.</summary>
public sealed class RoleHooksTests : IDisposable
{
    private const string Secret = "SEGUE_INTERNAL_SECRET";

    private readonly string _folder = Directory.CreateTempSubdirectory("segue-hooks-").FullName;
    private readonly Lines _log = new();
    private readonly Surroundings _surroundings = new();
    private readonly SegueMetrics _metrics = new();
    private readonly PrometheusText _text;
    private int _scripts;

    public RoleHooksTests() => _text = new PrometheusText(_metrics);

    public void Dispose()
    {
        Environment.SetEnvironmentVariable(Secret, null);
        _text.Dispose();
        _metrics.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    [Fact]
    public async Task A_command_is_told_what_happened_and_gets_no_secret()
    {
        Environment.SetEnvironmentVariable(Secret, "hunter2");
        await using (var hooks = Hooks(new HooksConfig { CoordinatorLost = Script("echo \"$@\" > said; env | grep ^SEGUE_ | sort >> said") }))
            hooks.Tell([new HookEvent(HookKind.CoordinatorLost, "main", "c1:80", "http://c1:80", 7, "c1:80 refused connections")]);

        Said().ShouldAllBe(static line => !line.Contains("hunter2", StringComparison.Ordinal));
        // this process may have been started with some of its own
        Said().Where(static line => Environment.GetEnvironmentVariable(line.Split('=')[0]) is null).ShouldBe(
        [
            "first coordinator_lost main c1:80 7",
            "SEGUE_CLUSTER=main", "SEGUE_COORDINATOR=c1:80", "SEGUE_COORDINATOR_URL=http://c1:80", "SEGUE_EPOCH=7", "SEGUE_EVENT=coordinator_lost",
            "SEGUE_MEMBER=m1", "SEGUE_REASON=c1:80 refused connections",
        ]);
        _text.Render().ShouldContain("segue_hook_duration_seconds_count{cluster=\"main\",hook=\"coordinator_lost\",outcome=\"succeeded\"} 1\n");
        Failures().ShouldBeEmpty();
    }

    [Fact]
    public async Task Those_about_one_thing_run_one_after_the_other_and_of_a_burst_the_last_word_is_run()
    {
        var script = Script("echo begin $2 >> said; while ! [ -e go ]; do sleep 0.1; done; echo end $2 >> said");
        await using (var hooks = Hooks(new HooksConfig { ConductorGained = script, ConductorLost = script }))
        {
            hooks.Tell([Conductor(HookKind.ConductorGained)]);
            await Until.TrueAsync(() => Said().Length == 1);
            hooks.Tell([Conductor(HookKind.ConductorLost)]);
            hooks.Tell([Conductor(HookKind.ConductorGained)]);
            hooks.Tell([Conductor(HookKind.ConductorLost)]);
            await File.WriteAllTextAsync(Path.Combine(_folder, "go"), "");
        }

        Said().ShouldBe(["begin conductor_gained", "end conductor_gained", "begin conductor_lost", "end conductor_lost"]);
        _log.Said.Count(static line => line.Contains("a newer one takes its place", StringComparison.Ordinal)).ShouldBe(2);
    }

    [Fact]
    public async Task One_that_hangs_does_not_hold_up_those_about_other_things()
    {
        await using var hooks = Hooks(new HooksConfig
        {
            CoordinatorLost = Script("while ! [ -e said ]; do sleep 0.1; done"),
            ConductorGained = Script("echo gained > said"),
        });
        hooks.Tell([Coordinator(HookKind.CoordinatorLost)]);
        hooks.Tell([Conductor(HookKind.ConductorGained)]);

        await Until.TrueAsync(() => _log.Said.Any(static line => line.Contains("coordinator_lost for c1:80 succeeded", StringComparison.Ordinal)));
    }

    [Theory]
    [InlineData("exit 3",                           "failed with exit code 3",              "failed")]
    [InlineData("sleep 600 & echo $! > said; wait", "did not end within 1 s and was killed", "timed_out")]
    [InlineData(null,                               "could not be run",                     "not_run")]
    public async Task One_that_fails_is_said_in_log_history_and_metrics(string? body, string says, string outcome)
    {
        var command = body is null ? new CommandConfig { Command = [Path.Combine(_folder, "missing")] } : Script(body);
        await using (var hooks = Hooks(new HooksConfig { Held = command with { Timeout = TimeSpan.FromSeconds(1) } }))
            hooks.Tell([Coordinator(HookKind.Held)]);

        var failure = Failures().ShouldHaveSingleItem();
        failure.Sentence.ShouldStartWith($"the hook held for c1:80 {says}");
        (failure.Coordinator, failure.Epoch).ShouldBe(("c1:80", 1));
        _log.Said.ShouldContain(line => line.Contains(failure.Sentence, StringComparison.Ordinal));
        _text.Render().ShouldContain($"segue_hook_duration_seconds_count{{cluster=\"main\",hook=\"held\",outcome=\"{outcome}\"}} 1\n");
        if (outcome == "timed_out")
            await Until.TrueAsync(() => HasEnded(Said().Single()));
    }

    [Fact]
    public async Task What_it_leaves_running_holds_up_nothing()
    {
        await using (var hooks = Hooks(new HooksConfig { Held = Script("sleep 600 & echo $! > said") }))
            hooks.Tell([Coordinator(HookKind.Held)]);
        using var left = Process.GetProcessById(int.Parse(Said().Single(), CultureInfo.InvariantCulture));
        HasEnded(Said().Single()).ShouldBeFalse();
        left.Kill();

        Failures().ShouldBeEmpty();
    }

    [Fact]
    public async Task What_is_told_before_the_start_waits_for_it_and_without_one_nothing_is_run()
    {
        var config = new HooksConfig { ConductorGained = Script("echo $2 $4 >> said") };
        foreach (var starts in (bool[])[false, true])
        {
            var hooks = new RoleHooks(config, "m1", _surroundings, _metrics, _log, TimeProvider.System);
            hooks.Tell([Conductor(HookKind.ConductorGained)]);
            if (starts)
                hooks.Start();
            await hooks.DisposeAsync();
            Said().ShouldBe(starts ? ["conductor_gained m1"] : []);
        }
    }

    [Fact]
    public async Task A_reload_counts_for_the_next_one()
    {
        await using (var hooks = Hooks(new HooksConfig()))
        {
            hooks.Tell([Coordinator(HookKind.CoordinatorPromoted)]);
            hooks.Apply(new HooksConfig { CoordinatorPromoted = Script("echo $2 $5 >> said"), HeldAfter = TimeSpan.FromSeconds(3) });
            hooks.HeldAfter.ShouldBe(TimeSpan.FromSeconds(3));
            hooks.Tell([Coordinator(HookKind.CoordinatorPromoted) with { Epoch = 2 }]);
        }

        Said().ShouldBe(["coordinator_promoted 2"]);
    }

    [Fact]
    public async Task Of_its_output_the_first_lines_and_of_each_its_beginning_go_to_the_log()
    {
        var said = new List<string>();
        var text = new string('x', 1_000_000) + "\n\n" + string.Join('\n', Enumerable.Range(1, 200)) + "\nthe end";
        using var stream = new StreamReader(new MemoryStream(Encoding.UTF8.GetBytes(text)));

        await new CommandOutput(said.Add).ReadAsync(stream, CancellationToken.None);

        said.ShouldBe([new string('x', CommandOutput.MostCharacters), .. Enumerable.Range(1, CommandOutput.MostLines - 1).Select(static n => $"{n}")]);
    }

    [Fact]
    public async Task The_control_loop_tells_of_all_of_them()
    {
        // lines of different hooks at a time: each is one write
        var script = Script("echo $2 $4 $5 >> said");
        await using var first = await new FakeCoordinator("aaaaa").StartAsync();
        var config = new ClusterConfig
        {
            Name = "main",
            Engine = EngineKind.Presto,
            Coordinators = [first.Config],
            AllowUnauthenticated = true,
            Health = new HealthConfig { ProbeInterval = TimeSpan.FromMilliseconds(50) },
        };
        await using var hooks = Hooks(new HooksConfig
        {
            ConductorGained = script,
            ConductorLost = script,
            CoordinatorPromoted = script,
            CoordinatorLost = script,
            Held = script,
            HeldAfter = TimeSpan.FromSeconds(1),
        });
        await using var cluster = new ClusterRuntime(config, new Surroundings { Hooks = hooks }.Services);
        await cluster.StartAsync(CancellationToken.None);
        var name = first.Config.Name;
        await SaidAsync("conductor_gained m1 0");
        await SaidAsync($"coordinator_promoted {name} 1");
        await first.CrashAsync();
        await SaidAsync($"coordinator_lost {name} 1");
        await SaidAsync($"held {name} 1");
        await first.StartAsync("bbbbb");
        await SaidAsync($"coordinator_promoted {name} 2");
        await SaidAsync($"released {name} 2");
        await cluster.StopAsync();
        await SaidAsync("conductor_lost m1 2");
        Said().ShouldBeUnique();

        Task SaidAsync(string line) => Until.TrueAsync(() => Said().Contains(line));
    }

    private RoleHooks Hooks(HooksConfig config)
    {
        var hooks = new RoleHooks(config, "m1", _surroundings, _metrics, _log, TimeProvider.System);
        hooks.Start();
        return hooks;
    }

    private static HookEvent Conductor(HookKind kind) => new(kind, "main", "", "", 1, "because");

    private static HookEvent Coordinator(HookKind kind) => new(kind, "main", "c1:80", "", 1, "because");

    /// <summary>Runs with one configured argument, in this test's folder.</summary>
    private CommandConfig Script(string body)
    {
        var path = Path.Combine(_folder, $"hook-{_scripts++}");
        File.WriteAllText(path, $"cd {_folder}\n{body}\n");
        return new CommandConfig { Command = ["/bin/sh", path, "first"] };
    }

    private string[] Said()
    {
        var path = Path.Combine(_folder, "said");
        return File.Exists(path) ? File.ReadAllLines(path) : [];
    }

    private ImmutableArray<ClusterEvent> Failures() => [.. _surroundings.Recent(100).Where(static happened => happened.Kind == EventKinds.HookFailed)];

    /// <summary>Also where nobody has taken notice of its end.</summary>
    private static bool HasEnded(string process)
    {
        try
        {
            return File.ReadAllText($"/proc/{process}/cmdline").Length == 0;
        }
        catch (Exception gone) when (gone is IOException or UnauthorizedAccessException)
        {
            return true;
        }
    }
}
