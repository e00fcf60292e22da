namespace Segue.Server.Gateway;

/// <summary>Where a row waits that is too long for memory (R4.1). Its files lose their names at once: whatever ends this process, nothing stays.</summary>
internal sealed class RowSpool(string directory)
{
    /// <summary>Throws <see cref="IOException"/> and <see cref="UnauthorizedAccessException"/>.</summary>
    public FileStream Open()
    {
        var path = Path.Combine(directory, $"row-{Path.GetRandomFileName()}");
        var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.ReadWrite, Options = FileOptions.Asynchronous, BufferSize = 0 };
        if (!OperatingSystem.IsWindows())
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        var file = new FileStream(path, options);
        File.Delete(path);
        return file;
    }
}
