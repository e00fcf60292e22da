using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Segue.Core.Routing;

namespace Segue.Server.Store;

/// <summary>
/// The directory that makes a deployment what it is: its id, its key and its store. Locked while open, so that no two members of
/// a deployment without a shared store can run (R1.7).
/// </summary>
public sealed class DataDirectory : IDisposable
{
    private const int IdLength = 16;

    // without letters and digits that people confuse
    private const string IdAlphabet = "abcdefghijkmnpqrstuvwxyz23456789";

    private readonly FileStream _lock;
    private readonly int _names;

    private DataDirectory(string path, FileStream theLock, string deploymentId, int names, KeyRing keys)
    {
        Path = path;
        _lock = theLock;
        _names = names;
        DeploymentId = deploymentId;
        Keys = keys;
    }

    /// <summary>Absolute.</summary>
    public string Path { get; }

    /// <summary>16 characters, random, made with the directory; of a shared store's deployment it names the directory alone.</summary>
    public string DeploymentId { get; }

    /// <summary>The name among the members of a deployment.</summary>
    public string MemberName => _names == 0 ? DeploymentId : string.Create(CultureInfo.InvariantCulture, $"{DeploymentId}.{_names}");

    /// <summary>Random bytes; unless the store is shared they are made with the directory and kept in a file of their own (R3.6).</summary>
    public KeyRing Keys { get; }

    public string StoreFile => System.IO.Path.Combine(Path, "segue.db");

    /// <summary>What this member acked last, where it is one of several.</summary>
    public string AckFile => System.IO.Path.Combine(Path, "acked");

    /// <summary>Where rows wait on disk; empty at the start.</summary>
    public string SpoolDirectory => Spool(Path);

    /// <summary>Ends of queries that the store may not know of yet.</summary>
    public string EndedFile => System.IO.Path.Combine(Path, "ended");

    /// <summary>Opens the directory, or makes it with mode 0700.</summary>
    /// <param name="shared">The deployment's keys where its store is shared.</param>
    /// <exception cref="StoreStartException">It is in use, cannot be used, or one of its files is not what it should be.</exception>
    public static DataDirectory Open(string directory, KeyRing? shared = null)
    {
        var path = System.IO.Path.GetFullPath(directory);
        try
        {
            Create(path);
            var theLock = Lock(path);
            try
            {
                Create(Spool(path));
                // a process that was killed at the wrong moment leaves a file with a name
                foreach (var left in Directory.GetFiles(Spool(path), "row-*"))
                    File.Delete(left);
                PrivateFile.Write(PidFile(path), Environment.ProcessId.ToString(CultureInfo.InvariantCulture));
                return new DataDirectory(path, theLock, ReadId(path), ReadNames(path), shared ?? ReadKeys(path));
            }
            catch
            {
                theLock.Dispose();
                throw;
            }
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new StoreStartException(
                $"The data directory {path} cannot be used: {exception.Message} Give Segue a directory it may write to with data_dir.", exception);
        }
    }

    /// <summary>The next process has another name. On disk when this returns.</summary>
    /// <exception cref="IOException">That cannot be written.</exception>
    public void GiveUpName() => PrivateFile.Write(NamesFile(Path), (_names + 1).ToString(CultureInfo.InvariantCulture));

    /// <summary>Unlocks it.</summary>
    public void Dispose()
    {
        // the lock's file stays: removing it would let two processes lock two files of one name
        File.Delete(PidFile(Path));
        _lock.Dispose();
    }

    private static void Create(string path)
    {
        if (OperatingSystem.IsWindows())
            Directory.CreateDirectory(path);
        else
            Directory.CreateDirectory(path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
    }

    private static FileStream Lock(string path)
    {
        var file = System.IO.Path.Combine(path, "lock");
        try
        {
            return PrivateFile.OpenExclusive(file);
        }
        catch (IOException exception) when (File.Exists(file))
        {
            var holder = File.Exists(PidFile(path)) ? $" (process {File.ReadAllText(PidFile(path))})" : "";
            throw new StoreStartException(
                $"The data directory {path} is in use by another Segue{holder}. Stop that one, or give this one its own data_dir.", exception);
        }
    }

    private static string ReadId(string path)
    {
        var file = System.IO.Path.Combine(path, "deployment");
        var id = Encoding.UTF8.GetString(PrivateFile.ReadOrCreate(
            file, static () => Encoding.UTF8.GetBytes(RandomNumberGenerator.GetString(IdAlphabet, IdLength)))).TrimEnd();
        return id.Length == IdLength && id.All(IdAlphabet.Contains)
            ? id
            : throw new StoreStartException(
                $"{file} does not hold a deployment's id ({IdLength} characters). Restore it, or remove it and Segue makes a new one.");
    }

    private static int ReadNames(string path)
    {
        var file = NamesFile(path);
        return !File.Exists(file) ? 0
            : int.TryParse(File.ReadAllText(file), CultureInfo.InvariantCulture, out var names) ? names
            : throw new StoreStartException($"{file} does not hold a number. Restore it, or remove it and the file deployment beside it: this is another member then.");
    }

    private static KeyRing ReadKeys(string path)
    {
        var file = System.IO.Path.Combine(path, "key");
        var current = TokenKey.Of(Checked(file, PrivateFile.ReadOrCreate(file, static () => RandomNumberGenerator.GetBytes(TokenKey.Size))));
        var before = file + ".previous";
        var previous = File.Exists(before) ? TokenKey.Of(Checked(before, File.ReadAllBytes(before))) : null;
        if (previous?.Id == current.Id)
            throw new StoreStartException($"{file} and {before} are one key, or cannot be told apart by their names (one in 256 pairs). Remove one of them.");
        return new KeyRing(current, previous);
    }

    private static byte[] Checked(string file, byte[] key)
    {
        if (key.Length != TokenKey.Size)
        {
            throw new StoreStartException(
                $"The key file {file} has {key.Length} bytes instead of {TokenKey.Size}. Restore it, or remove it and Segue makes a new one: "
                + "running queries lose their clients.");
        }
        if (PrivateFile.IsOpenToOthers(file))
            throw new StoreStartException($"The key file {file} can be used by others than its owner. Run: chmod 600 {file}");
        return key;
    }

    private static string Spool(string path) => System.IO.Path.Combine(path, "spool");

    private static string NamesFile(string path) => System.IO.Path.Combine(path, "names");

    private static string PidFile(string path) => System.IO.Path.Combine(path, "pid");
}
