// A YAML document as a small tree that remembers where everything stood. Read by the config file and by policy files.

namespace Eider.Core.Config;

/// <summary>Line and column from 1; both 0 for the file as a whole.</summary>
internal readonly record struct YamlPosition(int Line, int Column)
{
    public static YamlPosition WholeFile => default;
}

internal abstract class YamlNode(YamlPosition at)
{
    public YamlPosition At { get; } = at;

    /// <summary>The node as an error names it: "a list", "a mapping", "nothing", or the text.</summary>
    public abstract string Found { get; }
}

internal sealed class YamlScalar(YamlPosition at, string text, bool quoted) : YamlNode(at)
{
    private const int MaxShown = 60;

    public string Text { get; } = text;

    /// <summary>No value at all, or one of the ways YAML's core schema writes null.</summary>
    public bool IsNull => !quoted && Text is "" or "~" or "null" or "Null" or "NULL";

    public override string Found => IsNull ? "nothing" : Quote(Text);

    /// <summary>Text from the file in quotes, cut and with characters that are not seen shown as \uXXXX: errors go to terminals.</summary>
    public static string Quote(string text)
    {
        var shown = text.Length <= MaxShown ? text : text[..MaxShown] + "…";
        return $"\"{string.Concat(shown.Select(c => IsUnseen(c) ? $"\\u{(int)c:x4}" : c.ToString()))}\"";
    }

    // Among the format characters are those that turn the direction of a line around.
    private static bool IsUnseen(char c) => char.GetUnicodeCategory(c) is System.Globalization.UnicodeCategory.Control or System.Globalization.UnicodeCategory.Format
        or System.Globalization.UnicodeCategory.LineSeparator or System.Globalization.UnicodeCategory.ParagraphSeparator;
}

internal sealed class YamlList(YamlPosition at, IReadOnlyList<YamlNode> items) : YamlNode(at)
{
    public IReadOnlyList<YamlNode> Items { get; } = items;

    public override string Found => "a list";
}

/// <summary>Keys are unique: the reader has refused the rest.</summary>
internal sealed class YamlMapping(YamlPosition at, IReadOnlyList<(YamlScalar Key, YamlNode Value)> entries) : YamlNode(at)
{
    public IReadOnlyList<(YamlScalar Key, YamlNode Value)> Entries { get; } = entries;

    public override string Found => "a mapping";

    /// <summary>The value of a key; null where it is not given.</summary>
    public YamlNode? this[string key]
    {
        get
        {
            foreach (var (name, value) in Entries)
            {
                if (name.Text == key)
                {
                    return value;
                }
            }

            return null;
        }
    }
}
