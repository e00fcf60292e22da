using Segue.Core.Configuration;
using Segue.Server.Configuration;

namespace Segue.Server.Tests.Configuration;

public sealed class ConfigWatcherTests : IDisposable
{
    private const string Good = """
        clusters:
          - engine: presto
            coordinators: [http://one:8321, http://two:8321]
            hold: {max_time: 5m}
        """;

    private readonly string _file = Path.GetTempFileName();
    private readonly Lines _log = new();
    private readonly List<SegueConfig> _changes = [];
    private readonly ConfigWatcher _watcher;

    public ConfigWatcherTests()
    {
        File.WriteAllText(_file, Good);
        _watcher = new ConfigWatcher(_file, ConfigSecrets.None, ConfigFile.Load(_file, ConfigSecrets.None), _log);
        _watcher.Changed += _changes.Add;
        Look(2);
    }

    public void Dispose() => File.Delete(_file);

    [Fact]
    public void A_file_that_stays_as_it_is_says_nothing()
    {
        Look(3);
        _log.Said.ShouldBeEmpty();
        _changes.ShouldBeEmpty();
    }

    [Fact]
    public void A_change_that_lasts_two_looks_takes_effect_once_and_is_named()
    {
        Write(Good.Replace("5m", "10m"));
        Look(1);
        _changes.ShouldBeEmpty("it may be half written");
        Look(3);
        _changes.ShouldHaveSingleItem().Clusters[0].Hold.MaxTime.ShouldBe(TimeSpan.FromMinutes(10));
        _log.Said.ShouldBe([$"Configuration {_file} was read again: clusters[0].hold.max_time took effect"]);
        _watcher.Current.ShouldBe(_changes[0]);
    }

    [Fact]
    public void One_that_asks_is_answered_at_once_also_where_nothing_has_changed()
    {
        _watcher.RequestReload();
        Look(1);
        _log.Said.ShouldBe([$"Configuration {_file} was read again: nothing has changed"]);
    }

    [Fact]
    public void Every_error_is_said_once_the_last_good_one_stays_and_a_repair_takes_effect()
    {
        var before = _watcher.Current;
        Write(Good.Replace("5m", "5") + "\n    hole: {}\n");
        Look(5);
        _log.Said.Length.ShouldBe(3, string.Join('\n', _log.Said));
        _log.Said[0].ShouldBe($"Configuration {_file} has 2 errors: Segue goes on with the last good one");
        _log.Said[1].ShouldStartWith($"{_file}:4: clusters[0].hold.max_time: ");
        _log.Said[2].ShouldStartWith($"{_file}:5: clusters[0].hole: ");
        _watcher.Current.ShouldBeSameAs(before);

        Write(Good.Replace("5m", "6m"));
        Look(2);
        _changes.ShouldHaveSingleItem().Clusters[0].Hold.MaxTime.ShouldBe(TimeSpan.FromMinutes(6));
    }

    [Fact]
    public void A_file_that_is_gone_for_one_look_is_being_renamed_and_for_two_is_told()
    {
        File.Delete(_file);
        Look(1);
        Write(Good);
        Look(2);
        _log.Said.ShouldBeEmpty();

        File.Delete(_file);
        Look(4);
        _log.Said.ShouldHaveSingleItem().ShouldStartWith($"Configuration {_file} cannot be read: ");
        Write(Good.Replace("5m", "6m"));
        Look(2);
        _changes.ShouldHaveSingleItem();
    }

    [Fact]
    public void What_needs_a_restart_is_named_and_the_rest_takes_effect()
    {
        Write("listen: http://0.0.0.0:9090\n" + Good.Replace("http://two:8321", "http://three:8321"));
        Look(2);
        _log.Said.ShouldBe(
        [
            $"Configuration {_file} was changed in listen: that takes effect at the next start",
            $"Configuration {_file} was read again: clusters[0].coordinators.urls[1].url took effect",
        ]);
        _changes.ShouldHaveSingleItem().Clusters[0].Coordinators[1].Name.ShouldBe("three:8321");
    }

    private void Write(string text) => File.WriteAllText(_file, text);

    private void Look(int times)
    {
        for (; times > 0; times--)
            _watcher.Look();
    }
}
