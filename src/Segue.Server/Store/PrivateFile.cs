using System.Text;

namespace Segue.Server.Store;

/// <summary>Small files that only their owner may read, and that are either whole or not there.</summary>
internal static class PrivateFile
{
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    /// <summary>The file's content; a missing file is written first with what <paramref name="make"/> gives.</summary>
    public static byte[] ReadOrCreate(string path, Func<byte[]> make)
    {
        if (!File.Exists(path))
            Write(path, make());
        return File.ReadAllBytes(path);
    }

    /// <summary>Replaces the file; after a crash there is the old one or the new one.</summary>
    public static void Write(string path, byte[] content)
    {
        var draft = path + ".new";
        File.Delete(draft);
        using (var stream = Open(draft, FileMode.CreateNew))
        {
            stream.Write(content);
            stream.Flush(flushToDisk: true);
        }
        File.Move(draft, path, overwrite: true);
    }

    public static void Write(string path, string text) => Write(path, Encoding.UTF8.GetBytes(text));

    /// <summary>After a crash of the machine, too, it is the new one: behind the renaming the file is flushed once more, which takes its name along.</summary>
    public static void KeepName(string path)
    {
        using var renamed = File.OpenHandle(path, FileMode.Open, FileAccess.ReadWrite);
        RandomAccess.FlushToDisk(renamed);
    }

    /// <summary>An open file that no other process can open this way at the same time.</summary>
    /// <exception cref="IOException">It is open elsewhere.</exception>
    public static FileStream OpenExclusive(string path) => Open(path, FileMode.OpenOrCreate);

    /// <summary>Makes an empty file where there is none, so that who writes to it later inherits its mode.</summary>
    public static void CreateEmpty(string path)
    {
        if (!File.Exists(path))
            Open(path, FileMode.CreateNew).Dispose();
    }

    /// <summary>True where group or others may do anything with it.</summary>
    public static bool IsOpenToOthers(string path) =>
        !OperatingSystem.IsWindows() && (File.GetUnixFileMode(path) & ~(OwnerOnly | UnixFileMode.UserExecute)) != 0;

    private static FileStream Open(string path, FileMode mode)
    {
        var options = new FileStreamOptions { Mode = mode, Access = FileAccess.ReadWrite, Share = FileShare.None };
        if (!OperatingSystem.IsWindows())
            options.UnixCreateMode = OwnerOnly;
        return new FileStream(path, options);
    }
}
