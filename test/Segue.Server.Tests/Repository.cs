namespace Segue.Server.Tests;

/// <summary>The files around the code, for tests that hold them together.</summary>
internal static class Repository
{
    public static readonly string Root = Find(AppContext.BaseDirectory);

    public static string Read(string path) => File.ReadAllText(Path.Combine(Root, path));

    /// <summary>The cells of the table under the heading row <paramref name="header"/>, without back ticks.</summary>
    public static IEnumerable<string[]> Table(string path, string header) =>
        Read(path).Split('\n')
            .SkipWhile(line => line != header)
            .Skip(2)
            .TakeWhile(line => line.StartsWith('|'))
            .Select(line => line[1..^1].Split('|').Select(cell => cell.Trim().Trim('`')).ToArray());

    private static string Find(string folder) =>
        File.Exists(Path.Combine(folder, "Segue.slnx")) ? folder : Find(Path.GetDirectoryName(folder)!);
}
