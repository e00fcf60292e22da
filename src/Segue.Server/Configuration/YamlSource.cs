using System.Collections.Immutable;
using Segue.Core.Configuration;
using YamlDotNet.Core;
using YamlDotNet.Core.Events;

namespace Segue.Server.Configuration;

/// <summary>
/// YAML to nodes with lines, by the parser's events: its object model would lose duplicate keys. Anchors, aliases, tags, merge keys and
/// further documents are errors: a configuration is to mean what it seems to say.
/// </summary>
internal sealed class YamlSource
{
    // deeper than any key there is; keeps the recursion off the stack's end
    private const int MaxDepth = 32;

    private readonly Parser _parser;
    private readonly ImmutableArray<ConfigError>.Builder _errors = ImmutableArray.CreateBuilder<ConfigError>();

    private YamlSource(string text) => _parser = new Parser(new StringReader(text));

    /// <returns>The tree, or null where there are errors.</returns>
    public static (ConfigNode? Root, ImmutableArray<ConfigError> Errors) Parse(string text)
    {
        var source = new YamlSource(text);
        ConfigNode? root = null;
        try
        {
            root = source.Document();
        }
        catch (YamlException exception)
        {
            source.Problem(exception.Start, $"this is not valid YAML: {exception.Message}");
        }
        return (source._errors.Count == 0 ? root : null, source._errors.ToImmutable());
    }

    private ConfigNode? Document()
    {
        _parser.Consume<StreamStart>();
        if (!_parser.TryConsume<DocumentStart>(out _))
        {
            Problem(Mark.Empty, "the file is empty");
            return null;
        }
        var root = Node(0);
        _parser.Consume<DocumentEnd>();
        if (_parser.TryConsume<DocumentStart>(out var second))
            Problem(second.Start, "a second document begins here; only one is read");
        return root;
    }

    private ConfigNode Node(int depth)
    {
        if (_parser.TryConsume<AnchorAlias>(out var alias))
        {
            Problem(alias.Start, $"aliases (*{alias.Value}) are not supported; write the value out");
            return new ConfigScalar("", Quoted: false, Line(alias.Start));
        }
        if (_parser.Accept<NodeEvent>(out var node))
        {
            if (!node.Anchor.IsEmpty)
                Problem(node.Start, $"anchors (&{node.Anchor.Value}) are not supported; take it away");
            if (!node.Tag.IsEmpty)
                Problem(node.Start, $"tags ({node.Tag.Value}) are not supported; take it away");
        }
        if (_parser.TryConsume<Scalar>(out var scalar))
            return new ConfigScalar(scalar.Value, scalar.Style != ScalarStyle.Plain, Line(scalar.Start));
        if (depth == MaxDepth)
            throw new YamlException(_parser.Current!.Start, _parser.Current.End, "nested too deeply");
        return _parser.TryConsume<SequenceStart>(out var sequence)
            ? Sequence(sequence, depth)
            : Mapping(_parser.Consume<MappingStart>(), depth);
    }

    private ConfigSequence Sequence(SequenceStart start, int depth)
    {
        var items = ImmutableArray.CreateBuilder<ConfigNode>();
        while (!_parser.TryConsume<SequenceEnd>(out _))
            items.Add(Node(depth + 1));
        return new ConfigSequence(items.ToImmutable(), Line(start.Start));
    }

    private ConfigMapping Mapping(MappingStart start, int depth)
    {
        var entries = ImmutableArray.CreateBuilder<ConfigEntry>();
        while (!_parser.TryConsume<MappingEnd>(out _))
        {
            var key = Node(depth + 1);
            var value = Node(depth + 1);
            if (key is ConfigScalar name)
                entries.Add(new ConfigEntry(name.Text, value, name.Line));
            else
                _errors.Add(new ConfigError(key.Line, "", null, "a key is not a single word", null));
        }
        return new ConfigMapping(entries.ToImmutable(), Line(start.Start));
    }

    private void Problem(Mark at, string message) => _errors.Add(new ConfigError(Line(at), "", null, message, null));

    private static int Line(Mark mark) => (int)mark.Line;
}
