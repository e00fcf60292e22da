namespace Segue.Server.Gateway;

/// <summary>Where rows wait for which memory is too small (R4.1, R7), and what is known of them. Its files lose their names at once: whatever ends this process, nothing stays.</summary>
internal sealed class RowSpool(string directory)
{
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
