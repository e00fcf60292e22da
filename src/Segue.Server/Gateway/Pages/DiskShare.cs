using Segue.Core.Configuration;

namespace Segue.Server.Gateway.Pages;

/// <summary>The disk that files of one kind take, of all queries together.</summary>
/// <param name="tooMuch">Said where it is used up; the name of its bound stands last.</param>
internal sealed class DiskShare(string directory, string tooMuch)
{
    private long _used;

    /// <summary>Bytes.</summary>
    public long Used => Interlocked.Read(ref _used);

    /// <summary>Counts more bytes; throws <see cref="IOException"/> where the disk cannot be asked.</summary>
    /// <param name="keepFree">Bytes that are left on the disk for others.</param>
    /// <returns>Null where there is room; else why there is none, and nothing was counted.</returns>
    public string? TryTake(long bytes, long most, long keepFree)
    {
        if (new DriveInfo(directory).AvailableFreeSpace - bytes < keepFree)
            return $"less than recovery.spool.keep_free ({ConfigUnits.ShowSize(keepFree)}) would be left on the disk of {directory}";
        if (Interlocked.Add(ref _used, bytes) <= most)
            return null;
        GiveBack(bytes);
        return $"{tooMuch} allows ({ConfigUnits.ShowSize(most)})";
    }

    public void GiveBack(long bytes) => Interlocked.Add(ref _used, -bytes);
}
