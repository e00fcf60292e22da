namespace Segue.Server.Gateway.Pages;

/// <summary>
/// Where rows wait for which memory is too small (R4.1, R4.2, R7). Its files lose their names at once: whatever ends this process, nothing stays.
/// </summary>
internal sealed class RowSpool(string directory)
{
    /// <summary>Results that wait here in whole or are to be whole.</summary>
    public DiskShare Results { get; } = new(directory, "results on disk would take more than recovery.spool.max_bytes");

    /// <summary>Lists of delivered rows, and rows that wait to be compared with them.</summary>
    public DiskShare Resuming { get; } = new(directory, "lists of delivered rows, and rows that are compared with them, would take more disk than recovery.resume.max_bytes");

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
}
