// YAML text to trees with positions, and no more of YAML than config and policy files need: no anchors, aliases or tags,
// so that a small file cannot become a large tree.

using YamlDotNet.Core;
using YamlDotNet.Core.Events;

namespace Eider.Core.Config;

/// <summary>Reads one document, or all. Duplicate and non-text keys are reported and reading goes on; what breaks the structure ends it.</summary>
internal sealed class YamlReader
{
    public const int MaxDepth = 32;

    /// <summary>Bounds the memory of a tree: a value may be two octets of text, and takes about a hundred of memory.</summary>
    public const int MaxValues = 200_000;

    private readonly Parser _parser;
    private readonly ConfigErrors _errors;
    private int _depth;
    private int _values;

    private YamlReader(string text, ConfigErrors errors)
    {
        _parser = new Parser(new StringReader(text));
        _errors = errors;
    }

    /// <returns>The root, or null when the document is empty or, with an error added, unreadable.</returns>
    public static YamlNode? Read(string text, ConfigErrors errors)
    {
        YamlNode? root = null;
        Read(text, errors, reader => root = reader.ReadOnlyDocument());
        return root;
    }

    /// <returns>The roots in order, without those of empty documents. Where reading ended with an error, what came before.</returns>
    public static IReadOnlyList<YamlNode> ReadAll(string text, ConfigErrors errors)
    {
        var roots = new List<YamlNode>();
        Read(text, errors, reader => reader.ReadDocuments(roots));
        return roots;
    }

    private static void Read(string text, ConfigErrors errors, Action<YamlReader> read)
    {
        var reader = new YamlReader(text, errors);
        try
        {
            read(reader);
        }
        catch (YamlException broken)
        {
            // The parser blames the start of the structure it was in; a user looks for the tab itself.
            var tab = broken.Message.Contains("tab", StringComparison.Ordinal) ? TabIndent(text, (int)broken.Start.Line) : null;
            errors.Add(tab ?? Position(broken.Start), tab is null ? Describe(broken) : "a tab indents this line; YAML indents with spaces");
        }
        catch (Exception escaped) when (escaped is InvalidOperationException or ArgumentException or IndexOutOfRangeException or NullReferenceException)
        {
            // YamlDotNet lets these out for some malformed flow mappings; the last event it gave is the nearest known place.
            errors.Add(reader._parser.Current is { } last ? Position(last.End) : new YamlPosition(1, 1), "not valid YAML from here on");
        }
    }

    private void ReadDocuments(List<YamlNode> roots)
    {
        _parser.Consume<StreamStart>();
        while (_parser.TryConsume<DocumentStart>(out _))
        {
            var root = ReadNode();
            if (root is not YamlScalar { IsNull: true })
            {
                roots.Add(root);
            }

            _parser.Consume<DocumentEnd>();
        }

        _parser.Consume<StreamEnd>();
    }

    private YamlNode? ReadOnlyDocument()
    {
        _parser.Consume<StreamStart>();
        if (_parser.TryConsume<StreamEnd>(out _))
        {
            return null;
        }

        _parser.Consume<DocumentStart>();
        var root = ReadNode();
        _parser.Consume<DocumentEnd>();
        if (_parser.TryConsume<DocumentStart>(out var second))
        {
            throw Refuse(second, "a second document begins here; the file is one document");
        }

        return root;
    }

    private YamlNode ReadNode()
    {
        var current = _parser.Consume<ParsingEvent>();
        if (++_values > MaxValues)
        {
            throw Refuse(current, $"more than {MaxValues} values in one file");
        }

        if (current is AnchorAlias alias)
        {
            // Most likely a text that begins with a star; taken as that, so that reading can go on to the next mistake.
            var text = $"*{alias.Value}";
            _errors.Add(Position(alias.Start), $"{YamlScalar.Quote(text)} is an alias to YAML, and aliases are not used here; put it in quotes, or write the value out");
            return new YamlScalar(Position(alias.Start), text, quoted: true);
        }

        if (current is NodeEvent { Anchor.IsEmpty: false })
        {
            throw Refuse(current, "anchors (&name) are not used here; write the value out where it is needed");
        }

        if (current is NodeEvent { Tag.IsEmpty: false })
        {
            throw Refuse(current, "tags (!name) are not used here; leave the tag out");
        }

        return current switch
        {
            Scalar scalar => new YamlScalar(Position(scalar.Start), scalar.Value, scalar.Style != ScalarStyle.Plain),
            SequenceStart => Nested(current, ReadList),
            MappingStart => Nested(current, ReadMapping),
            _ => throw Refuse(current, "expected a value here"),
        };
    }

    private YamlNode Nested(ParsingEvent start, Func<ParsingEvent, YamlNode> read)
    {
        if (++_depth > MaxDepth)
        {
            throw Refuse(start, $"nested deeper than {MaxDepth} levels");
        }

        var node = read(start);
        _depth--;
        return node;
    }

    private YamlList ReadList(ParsingEvent start)
    {
        var items = new List<YamlNode>();
        while (!_parser.TryConsume<SequenceEnd>(out _))
        {
            items.Add(ReadNode());
        }

        return new YamlList(Position(start.Start), items);
    }

    private YamlMapping ReadMapping(ParsingEvent start)
    {
        var entries = new List<(YamlScalar, YamlNode)>();
        var firstLines = new Dictionary<string, int>();
        while (!_parser.TryConsume<MappingEnd>(out _))
        {
            var key = ReadNode();
            var value = ReadNode();
            if (key is not YamlScalar name)
            {
                _errors.Add(key.At, $"a key is a word, not {key.Found}");
            }
            else if (!firstLines.TryAdd(name.Text, name.At.Line))
            {
                _errors.Add(name.At, $"key {name.Found} is given twice; the first is on line {firstLines[name.Text]}");
            }
            else
            {
                entries.Add((name, value));
            }
        }

        return new YamlMapping(Position(start.Start), entries);
    }

    private static YamlException Refuse(ParsingEvent at, string why) => new(at.Start, at.End, why);

    private static YamlPosition Position(in Mark mark) => new((int)mark.Line, (int)mark.Column);

    /// <summary>The parser's own sentence, as part of ours.</summary>
    private static string Describe(YamlException broken)
    {
        var text = broken.Message.TrimEnd('.');
        return text.Contains("anchor or alias", StringComparison.Ordinal) ? "in YAML, a text that begins with \"*\" or \"&\" needs quotes"
            : text.Length == 0 ? "not valid YAML" : char.ToLowerInvariant(text[0]) + text[1..];
    }

    /// <summary>The first tab in the indentation of a line, from <paramref name="firstLine"/> (from 1) on; null when there is none.</summary>
    private static YamlPosition? TabIndent(string text, int firstLine)
    {
        var line = 0;
        foreach (var content in text.AsSpan().EnumerateLines())
        {
            var tab = content.IndexOf('\t');
            if (++line >= firstLine && tab >= 0 && content[..tab].IndexOfAnyExcept(' ') < 0)
            {
                return new YamlPosition(line, tab + 1);
            }
        }

        return null;
    }
}
