using Segue.EndToEnd.Processes;

namespace Segue.EndToEnd.Commands;

/// <summary>The real command, as a script calls it.</summary>
public sealed class CheckCommandTests : IDisposable
{
    private readonly string _file = Path.GetTempFileName();

    public void Dispose() => File.Delete(_file);

    [Fact]
    public async Task A_good_file_is_summed_up_and_the_exit_code_is_0()
    {
        var (code, output) = await CheckAsync("""
            clusters:
              - engine: trino
                coordinators: [http://one:8080, http://two:8080]
            """);
        code.ShouldBe(0, output);
        output.Trim().ShouldBe($"{_file}: fine: cluster main (Trino), 2 coordinators, listens on http://0.0.0.0:8080, admin on http://127.0.0.1:8081, store embedded");
    }

    [Fact]
    public async Task Every_error_is_named_at_once_with_line_key_value_and_what_is_allowed()
    {
        var (code, output) = await CheckAsync("""
            listen: ftp://0.0.0.0:8080
            lissten: x
            clusters:
              - engine: prest
                coordinators: [http://one:8080, http://one:8080]
                hold: { max_time: 5 }
            """);
        code.ShouldBe(1, output);
        var errors = output.Trim().Split('\n');
        errors.Length.ShouldBe(5, output);
        foreach (var (line, key, words) in ((int, string, string)[])
        [
            (1, "listen", "ftp://0.0.0.0:8080"),
            (2, "lissten", "listen"),
            (4, "clusters[0].engine", "presto"),
            (5, "clusters[0].coordinators.urls[1].url", "one:8080"),
            (6, "clusters[0].hold.max_time", "s"),
        ])
            errors.ShouldContain(error => error.StartsWith($"{_file}:{line}: {key}") && error.Contains(words), $"{line}: {key}: {output}");
    }

    [Fact]
    public async Task A_file_that_cannot_be_read_has_an_exit_code_of_its_own()
    {
        await using var check = SegueProcess.Start("check", "/nowhere/segue.yaml");
        await check.WaitForExitAsync(TimeSpan.FromSeconds(40));
        check.ExitCode.ShouldBe(2);
        check.Output.ShouldContain("/nowhere/segue.yaml: cannot be read: ");
    }

    private async Task<(int Code, string Output)> CheckAsync(string yaml)
    {
        await File.WriteAllTextAsync(_file, yaml);
        await using var check = SegueProcess.Start("check", _file);
        await check.WaitForExitAsync(TimeSpan.FromSeconds(40));
        return (check.ExitCode, check.Output);
    }
}
