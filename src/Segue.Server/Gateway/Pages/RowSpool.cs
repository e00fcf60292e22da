using Segue.Core.Configuration;

namespace Segue.Server.Gateway.Pages;

/// <summary>
/// Where rows wait for which memory is too small (R4.1, R4.2, R7). Its files lose their names at once: whatever ends this process, nothing stays.
/// </summary>
internal sealed class RowSpool(string directory)
{
    private long _results;

    /// <summary>Bytes of results that wait here in whole or are to be whole.</summary>
    public long Results => Interlocked.Read(ref _results);

    /// <summary>Throws <see cref="IOException"/> and <see cref="UnauthorizedAccessException"/>.</summary>
    /// <param name="reserved">Bytes whose room on disk is taken at once.</param>
    public FileStream Open(long reserved = 0)
    {
        var path = Path.Combine(directory, $"row-{Path.GetRandomFileName()}");
        var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.ReadWrite, Options = FileOptions.Asynchronous, BufferSize = 0, PreallocationSize = reserved };
        if (!OperatingSystem.IsWindows())
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        var file = new FileStream(path, options);
        File.Delete(path);
        return file;
    }

    /// <summary>Counts more bytes of a result; throws <see cref="IOException"/> where its disk cannot be asked.</summary>
    /// <returns>Null where there is room; else why there is none, and nothing was counted.</returns>
    public string? TryTake(long bytes, SpoolConfig limits)
    {
        if (new DriveInfo(directory).AvailableFreeSpace - bytes < limits.KeepFree)
            return $"less than recovery.spool.keep_free ({ConfigUnits.ShowSize(limits.KeepFree)}) would be left on the disk of {directory}";
        if (Interlocked.Add(ref _results, bytes) <= limits.MaxBytes)
            return null;
        GiveBack(bytes);
        return $"results on disk would take more than recovery.spool.max_bytes allows ({ConfigUnits.ShowSize(limits.MaxBytes)})";
    }

    public void GiveBack(long bytes) => Interlocked.Add(ref _results, -bytes);
}
