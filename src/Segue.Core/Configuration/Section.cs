using System.Collections.Immutable;
using System.Security.Cryptography;
using System.Text;

namespace Segue.Core.Configuration;

/// <summary>
/// One mapping while it is read. A key is known because it is asked for, so the keys, their types and defaults are written once.
/// What is wrong is noted and the default taken, so that all errors are found in one reading.
/// </summary>
internal sealed class Section
{
    private readonly ReadingNotes _notes;
    private readonly string _path;
    private readonly string _kind;
    private readonly Dictionary<string, ConfigEntry> _entries = new(StringComparer.Ordinal);
    private readonly List<string> _known = [];

    private Section(ReadingNotes notes, string path, string kind, ConfigMapping mapping, bool isPresent)
    {
        _notes = notes;
        _path = path;
        _kind = kind;
        Line = mapping.Line;
        IsPresent = isPresent;
        foreach (var entry in mapping.Entries)
        {
            if (!_entries.TryAdd(entry.Key, entry))
                Problem(entry.Line, entry.Key, null, $"is written twice, first on line {_entries[entry.Key].Line}", null);
        }
    }

    public int Line { get; }

    /// <summary>False where the section is not in the file and has only defaults.</summary>
    public bool IsPresent { get; }

    /// <summary>True while nothing of this section was found wrong: only then do its values say something about each other.</summary>
    public bool IsClean { get; private set; } = true;

    public static Section Root(ReadingNotes notes, ConfigNode node)
    {
        if (node is ConfigMapping mapping)
            return new Section(notes, "", "", mapping, isPresent: true);
        notes.Errors.Add(new ConfigError(node.Line, "", null, "the file is not a mapping of keys to values", null));
        return new Section(notes, "", "", new ConfigMapping([], node.Line), isPresent: false);
    }

    public bool Has(string key) => _entries.ContainsKey(key);

    public T One<T>(string key, ScalarType<T> type, T fallback)
    {
        var value = Written(key, type, out var parsed) ? parsed : fallback;
        Note(key, type.Name, type.Show(fallback), type.Secret ? Digest(type.Show(value)) : type.Show(value));
        return value;
    }

    /// <summary>Null where the key is not written.</summary>
    /// <param name="replacement">From outside the file; wins.</param>
    public T? Optional<T>(string key, ScalarType<T> type, T? replacement = null)
        where T : class
    {
        var value = Written(key, type, out var parsed) ? parsed : null;
        value = replacement ?? value;
        var shown = value is null ? "" : type.Show(value);
        Note(key, type.Name, "", type.Secret && value is not null ? Digest(shown) : shown);
        return value;
    }

    public T Required<T>(string key, ScalarType<T> type, T stopgap)
    {
        Require(key, type.Name);
        var value = Written(key, type, out var parsed) ? parsed : stopgap;
        Note(key, type.Name, "", Has(key) ? type.Show(value) : "");
        return value;
    }

    public ImmutableArray<T> List<T>(string key, ScalarType<T> type, ImmutableArray<T> fallback)
    {
        var values = fallback;
        if (Items(key) is { } items)
        {
            var read = ImmutableArray.CreateBuilder<T>(items.Length);
            for (var i = 0; i < items.Length; i++)
            {
                if (Scalar(items[i], $"{key}[{i}]", type, out var value))
                    read.Add(value);
            }
            values = read.ToImmutable();
        }
        Note(key, $"list: {type.Name}", Show(fallback), Show(values));
        return values;

        string Show(ImmutableArray<T> list) => list.IsEmpty ? "[]" : $"[{string.Join(", ", list.Select(type.Show))}]";
    }

    /// <summary>A section below; empty where it is not written.</summary>
    /// <param name="shorthand">The key that is meant where no mapping is written.</param>
    public Section Child(string key, string? shorthand = null)
    {
        _known.Add(key);
        var mapping = _entries.TryGetValue(key, out var entry) ? Mapping(entry.Value, key, shorthand) : null;
        return new Section(_notes, Path(key), Kind(key), mapping ?? new ConfigMapping([], Line), mapping is not null);
    }

    /// <summary>A list of sections, which must not be missing or empty.</summary>
    /// <inheritdoc cref="Child"/>
    public ImmutableArray<Section> Children(string key, string? shorthand = null)
    {
        Require(key, "a list");
        if (Items(key) is not { } items)
            return [];
        if (items.IsEmpty)
            Problem(key, "is an empty list", "at least one");
        var children = ImmutableArray.CreateBuilder<Section>();
        for (var i = 0; i < items.Length; i++)
        {
            if (Mapping(items[i], $"{key}[{i}]", shorthand) is { } mapping)
                children.Add(new Section(_notes, Path($"{key}[{i}]"), Kind(key) + "[]", mapping, isPresent: true));
        }
        return children.ToImmutable();
    }

    /// <summary>Notes that the key's value, as a whole or beside others, is wrong.</summary>
    public void Problem(string key, string message, string? allowed)
    {
        var found = _entries.TryGetValue(key, out var entry);
        Problem(found ? entry.Line : Line, key, null, message, allowed);
    }

    /// <summary>Every key that was not asked for is an error; call it when all were.</summary>
    public void End()
    {
        foreach (var entry in _entries.Values.Where(entry => !_known.Contains(entry.Key)))
        {
            var nearest = Nearest.To(entry.Key, _known);
            // the value is not shown: it may be a secret under a misspelt name
            Problem(entry.Line, entry.Key, null, nearest is null ? "is not a key" : $"is not a key; did you mean '{nearest}'?",
                string.Join(", ", _known));
        }
    }

    private bool Written<T>(string key, ScalarType<T> type, out T value)
    {
        _known.Add(key);
        value = default!;
        return _entries.TryGetValue(key, out var entry) && Scalar(entry.Value, key, type, out value);
    }

    private bool Scalar<T>(ConfigNode node, string key, ScalarType<T> type, out T value)
    {
        value = default!;
        if (node is not ConfigScalar scalar)
        {
            Problem(node.Line, key, null, $"is a {(node is ConfigSequence ? "list" : "mapping")}, not a single value", type.Name);
            return false;
        }
        if (IsNothing(scalar))
        {
            Problem(node.Line, key, null, "has no value", type.Name);
            return false;
        }
        var problem = type.Plain && scalar.Quoted ? "is text in quotes" : type.Parse(scalar.Text, out value);
        if (problem is null)
            return true;
        // a URL's user information may be a password
        var hidden = type.Secret || scalar.Text.Contains('@', StringComparison.Ordinal);
        Problem(node.Line, key, hidden ? null : scalar.Text, problem, type.Name);
        return false;
    }

    private ConfigMapping? Mapping(ConfigNode node, string key, string? shorthand)
    {
        if (node is ConfigMapping mapping)
            return mapping;
        if (node is ConfigScalar scalar && IsNothing(scalar))
            Problem(node.Line, key, null, "has no value", "take the key away or put keys below it");
        else if (shorthand is not null)
            return new ConfigMapping([new ConfigEntry(shorthand, node, node.Line)], node.Line);
        else
            Problem(node.Line, key, null, "is not a mapping", "keys below it");
        return null;
    }

    private ImmutableArray<ConfigNode>? Items(string key)
    {
        _known.Add(key);
        if (!_entries.TryGetValue(key, out var entry))
            return null;
        if (entry.Value is ConfigSequence sequence)
            return sequence.Items;
        Problem(entry.Line, key, null, "is not a list", "a list");
        return null;
    }

    private void Require(string key, string allowed)
    {
        if (!Has(key))
            Problem(Line, key, null, "is required", allowed);
    }

    private void Problem(int line, string key, string? value, string message, string? allowed)
    {
        IsClean = false;
        _notes.Errors.Add(new ConfigError(line, Path(key), value, message, allowed));
    }

    private void Note(string key, string type, string fallback, string value) => _notes.Settings.Add(
        new ConfigSetting(Kind(key), Path(key), type, fallback, value, _entries.TryGetValue(key, out var entry) ? entry.Line : Line));

    private string Path(string key) => _path.Length == 0 ? key : $"{_path}.{key}";

    private string Kind(string key) => _kind.Length == 0 ? key : $"{_kind}.{key}";

    private static bool IsNothing(ConfigScalar scalar) => !scalar.Quoted && scalar.Text is ("" or "~" or "null");

    // enough to see that it changed, and nothing else
    private static string Digest(string secret) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(secret)).AsSpan(0, 8));
}
