using System.Security.Cryptography;
using Segue.Core.Routing;

namespace Segue.EndToEnd.Processes;

/// <summary>The key that the members of one deployment share.</summary>
internal static class KeyFile
{
    /// <returns>Its path.</returns>
    public static string Write(DirectoryInfo folder)
    {
        var path = Path.Combine(folder.FullName, "key");
        File.WriteAllText(path, Convert.ToBase64String(RandomNumberGenerator.GetBytes(TokenKey.Size)));
        if (!OperatingSystem.IsWindows())
            File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        return path;
    }
}
