using Microsoft.Extensions.Logging.Abstractions;
using Segue.Core.Model;
using Segue.Server.Members;
using Segue.Server.Store;
using Segue.Server.Tests.Store;

namespace Segue.Server.Tests.Members;

/// <summary>What a member acked outlives its process, in its data directory (R1.5).</summary>
public sealed class AckFileTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();

    private string Path => _directory.File("acked");

    public void Dispose() => _directory.Delete();

    [Fact]
    public void The_next_process_reads_what_this_one_wrote_last()
    {
        Of("d", "main").Read().ShouldBeNull("nothing was acked yet");
        Of("d", "main").Write(Acked(7));
        Of("d", "main").Write(Acked(8));
        Of("d", "main").Read().ShouldBe(Acked(8));
        PrivateFile.IsOpenToOthers(Path).ShouldBeFalse();
    }

    [Fact]
    public void What_was_acked_in_another_deployment_or_cluster_does_not_count()
    {
        Of("d", "main").Write(Acked(7));
        Of("other", "main").Read().ShouldBeNull();
        Of("d", "other").Read().ShouldBeNull();
    }

    [Theory]
    [InlineData("cut off in the middle")]
    [InlineData("one digit is another")]
    [InlineData("empty")]
    public void A_damaged_file_is_named_and_not_taken_for_nothing(string how)
    {
        Of("d", "main").Write(Acked(7));
        var whole = File.ReadAllText(Path);
        File.WriteAllText(Path, how switch
        {
            "cut off in the middle" => whole[..(whole.Length / 2)],
            "one digit is another" => whole.Replace("\"epoch\":7", "\"epoch\":1", StringComparison.Ordinal),
            _ => "",
        });
        Should.Throw<StoreStartException>(() => Of("d", "main").Read()).Message.ShouldStartWith($"{Path}, which says what this member acked last, is damaged. ");
    }

    private AckFile Of(string deployment, string cluster) => new(Path, deployment, cluster, NullLogger.Instance);

    private static Assignment Acked(long epoch) => new()
    {
        Cluster = "main",
        Epoch = epoch,
        Active = "c1:80",
        Phase = AssignmentPhase.Proposed,
        Members = ["a", "b"],
        Reason = "c2 was lost; c1 takes over",
        At = DateTimeOffset.UnixEpoch,
    };
}
