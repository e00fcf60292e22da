using System.Runtime.Versioning;
using System.Text;
using Segue.Core.Members;
using Segue.Core.Routing;
using Segue.Server.Store;

namespace Segue.Server.Tests.Store;

[UnsupportedOSPlatform("windows")]
public sealed class DataDirectoryTests : IDisposable
{
    private readonly TemporaryDirectory _temporary = new();

    private string Place => _temporary.File("data");

    public void Dispose() => _temporary.Delete();

    [Fact]
    public void A_new_directory_and_its_key_belong_to_the_owner_alone()
    {
        using var directory = DataDirectory.Open(Place);

        File.GetUnixFileMode(Place).ShouldBe(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        File.GetUnixFileMode(Path.Combine(Place, "key")).ShouldBe(UnixFileMode.UserRead | UnixFileMode.UserWrite);
        directory.Keys.Current.Key.Length.ShouldBe(32);
        directory.DeploymentId.Length.ShouldBe(16);
    }

    [Fact]
    public void Id_and_key_stay_and_differ_between_deployments()
    {
        var (id, key) = Opened(Place);

        Opened(Place).ShouldBe((id, key));
        var other = Opened(_temporary.File("other"));
        other.Id.ShouldNotBe(id);
        other.Key.ShouldNotBe(key);

        static (string Id, string Key) Opened(string place)
        {
            using var directory = DataDirectory.Open(place);
            return (directory.DeploymentId, Convert.ToHexString(directory.Keys.Current.Key.Span));
        }
    }

    [Fact]
    public void A_key_that_was_put_aside_as_the_previous_one_opens_and_a_new_one_seals()
    {
        Open(out var first);
        File.Move(Path.Combine(Place, "key"), Path.Combine(Place, "key.previous"));

        Open(out var second);

        second.Previous.ShouldNotBeNull().Key.ToArray().ShouldBe(first.Current.Key.ToArray());
        second.Current.Key.ToArray().ShouldNotBe(first.Current.Key.ToArray());
        File.Copy(Path.Combine(Place, "key.previous"), Path.Combine(Place, "key"), overwrite: true);
        OpenFails().ShouldContain("are one key");

        void Open(out KeyRing keys)
        {
            using var directory = DataDirectory.Open(Place);
            keys = directory.Keys;
        }
    }

    [Fact]
    public void A_second_Segue_is_told_which_directory_and_which_process()
    {
        using var first = DataDirectory.Open(Place);

        OpenFails().ShouldBe($"The data directory {Place} is in use by another Segue (process {Environment.ProcessId}). "
            + "Stop that one, or give this one its own data_dir.");
    }

    [Fact]
    public void A_directory_that_was_closed_can_be_opened_again()
    {
        DataDirectory.Open(Place).Dispose();
        DataDirectory.Open(Place).Dispose();
    }

    [Theory]
    [InlineData("key",        31, "has 31 bytes instead of 32")]
    [InlineData("key",        0,  "has 0 bytes instead of 32")]
    [InlineData("key.previous", 33, "has 33 bytes instead of 32")]
    [InlineData("deployment", 16, "does not hold a deployment's id")]
    [InlineData("deployment", 0,  "does not hold a deployment's id")]
    public void A_file_of_the_wrong_content_is_named_and_the_directory_is_free_again(string file, int length, string says)
    {
        DataDirectory.Open(Place).Dispose();
        var path = Path.Combine(Place, file);
        File.WriteAllBytes(path, Encoding.ASCII.GetBytes(new string('!', length)));

        var message = OpenFails();
        message.ShouldContain(path);
        message.ShouldContain(says);

        File.Delete(path);
        DataDirectory.Open(Place).Dispose();
    }

    [Fact]
    public void A_key_that_others_can_read_is_refused_with_the_command_to_run()
    {
        DataDirectory.Open(Place).Dispose();
        var key = Path.Combine(Place, "key");
        File.SetUnixFileMode(key, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead);

        OpenFails().ShouldEndWith($"Run: chmod 600 {key}");
    }

    [Fact]
    public void Rows_that_a_killed_process_left_on_disk_are_removed_and_nothing_else_is()
    {
        DataDirectory.Open(Place).Dispose();
        var spool = Path.Combine(Place, "spool");
        File.WriteAllText(Path.Combine(spool, "row-x.y"), "[1]");
        File.WriteAllText(Path.Combine(spool, "lost+found"), "");

        using var directory = DataDirectory.Open(Place);

        directory.SpoolDirectory.ShouldBe(spool);
        Directory.GetFiles(spool).ShouldBe([Path.Combine(spool, "lost+found")]);
        File.GetUnixFileMode(spool).ShouldBe(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
    }

    [Fact]
    public void A_place_that_is_a_file_is_named()
    {
        File.WriteAllText(Place, "");

        OpenFails().ShouldStartWith($"The data directory {Place} cannot be used: ");
    }

    private string OpenFails() => Should.Throw<StoreStartException>(() => DataDirectory.Open(Place)).Message;

    [Fact]
    public void A_name_that_was_given_up_is_not_the_next_process_s()
    {
        string first;
        using (var directory = DataDirectory.Open(Place))
        {
            first = directory.MemberName;
            first.ShouldBe(directory.DeploymentId);
            directory.GiveUpName();
            directory.MemberName.ShouldBe(first);
        }
        using var next = DataDirectory.Open(Place);
        next.MemberName.ShouldBe(first + ".1");
        var me = new MemberIdentity("id", next.MemberName);
        (me.HasHad(first), me.HasHad(next.MemberName), me.HasHad(first + ".7"), me.HasHad(first[1..]), me.HasHad(first + "x")).ShouldBe((true, true, true, false, false));
    }
}
