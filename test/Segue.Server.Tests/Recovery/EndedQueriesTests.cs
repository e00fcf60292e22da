using Segue.Server.Recovery;
using Segue.Server.Store;
using Segue.Server.Tests.Discovery;
using Segue.Server.Tests.Store;

namespace Segue.Server.Tests.Recovery;

/// <summary>Ends that no kill takes back (R3.3).</summary>
public sealed class EndedQueriesTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();
    private readonly SteppedTime _time = new();
    private readonly Lines _log = new();

    private string File => _directory.File("ended");

    public void Dispose()
    {
        _directory.Delete();
        _log.Dispose();
    }

    [Fact]
    public void What_was_added_is_known_to_the_next_process_which_was_cancelled_too_and_to_the_one_after_it()
    {
        using (var first = Open())
        {
            first.Add("q1", canceled: false);
            first.Add("q2", canceled: true);
            first.Add("q2", canceled: false);
            first.Has("q1").ShouldBeFalse("this process has it in memory");
        }
        for (var start = 0; start < 2; start++)
        {
            using var next = Open();
            (next.Has("q1"), next.Has("q2"), next.Has("q3")).ShouldBe((true, true, false));
            (next.HasCanceled("q1"), next.HasCanceled("q2")).ShouldBe((false, true));
        }
    }

    [Fact]
    public void It_is_in_the_file_when_it_was_added_also_where_nobody_closes_it()
    {
        using var killed = Open();
        killed.Add("q1", canceled: true);
        using var next = Open();
        next.HasCanceled("q1").ShouldBeTrue();
    }

    [Fact]
    public void It_is_dropped_when_no_client_comes_any_more()
    {
        using (var first = Open())
            first.Add("q1", canceled: true);
        _time.Leap(TimeSpan.FromMinutes(11));
        using (var next = Open())
            next.Has("q1").ShouldBeFalse();
        System.IO.File.ReadAllText(File).ShouldBeEmpty();
    }

    [Fact]
    public void A_line_that_was_cut_short_hides_no_other()
    {
        using (var first = Open())
            first.Add("q1", canceled: true);
        System.IO.File.WriteAllText(File, System.IO.File.ReadAllText(File) + "17672");
        using var next = Open();
        next.Has("q1").ShouldBeTrue();
    }

    [Fact]
    public void A_file_that_cannot_be_used_is_named()
    {
        Directory.CreateDirectory(File);
        Should.Throw<StoreStartException>(Open).Message.ShouldContain(File);
    }

    private EndedQueries Open() => EndedQueries.Open(File, _time, _log);
}
