using System.Collections.Immutable;
using Segue.Core.Configuration;

namespace Segue.Core.Tests.Configuration;

/// <summary>Configuration trees by path, so that a case is one line.</summary>
internal sealed record Tree(ConfigMapping Root)
{
    /// <summary>The least that is right.</summary>
    public static Tree Least { get; } = new(new ConfigMapping(
        [new("clusters", new ConfigSequence([new ConfigMapping(
            [new("engine", Text("presto"), 3), new("coordinators", new ConfigSequence([Text("http://coordinator-1:8321")], 5), 4)], 3)], 2), 2)], 1));

    public static ConfigScalar Text(string text) => new(text, Quoted: false, 20);

    /// <summary>Sets the value at a path of keys, each with <c>[0]</c> where it goes into a list.</summary>
    public Tree With(string path, string value) => new((ConfigMapping)Set(Root, path.Split('.'), Text(value)));

    public Tree WithCoordinator(string url) => new((ConfigMapping)Set(
        Root, ["clusters[0]", "coordinators"], new ConfigSequence([Text("http://coordinator-1:8321"), Text(url)], 20)));

    private static ConfigNode Set(ConfigNode? node, ReadOnlySpan<string> path, ConfigNode value)
    {
        if (path.IsEmpty)
            return value;
        var isItem = path[0].EndsWith("[0]");
        var key = isItem ? path[0][..^3] : path[0];
        var entries = (node as ConfigMapping)?.Entries ?? ImmutableArray<ConfigEntry>.Empty;
        var old = entries.FirstOrDefault(entry => entry.Key == key);
        var inner = isItem
            ? new ConfigSequence([Set(((ConfigSequence)old.Value).Items[0], path[1..], value)], 20)
            : Set(old.Value, path[1..], value);
        return new ConfigMapping([.. entries.Where(entry => entry.Key != key), new ConfigEntry(key, inner, 20)], 1);
    }
}
