// Where names can be registered: tells which part of a name one owner has registered, by the public suffix list.

using System.Text;

namespace Eider.Core.Detect;

/// <summary>The rules of https://publicsuffix.org/list/, with those of its private section. Immutable and safe to use from any thread.</summary>
public sealed class PublicSuffix
{
    /// <summary>Where Debian's <c>publicsuffix</c> package puts the list.</summary>
    public const string SystemPath = "/usr/share/publicsuffix/public_suffix_list.dat";

    /// <summary>A list many times longer than any there has been is no list.</summary>
    private const int MaxBytes = 8 << 20;

    /// <summary>Second labels below which country registries commonly register, for where no list is installed.</summary>
    private static readonly string[] CommonSecondLabels = ["ac", "co", "com", "edu", "gob", "gov", "gv", "mil", "ne", "net", "or", "org"];

    private static readonly Lazy<PublicSuffix> SystemList = new(static () => Load(SystemPath) ?? new([], "built in", 0));

    private readonly Dictionary<string, Rule>.AlternateLookup<ReadOnlySpan<char>> rules;

    private PublicSuffix(Dictionary<string, Rule> rules, string origin, int unread)
    {
        this.rules = rules.GetAlternateLookup<ReadOnlySpan<char>>();
        (Rules, Origin, Unread) = (rules.Count, origin, unread);
    }

    [Flags]
    private enum Rule : byte
    {
        /// <summary><c>com</c></summary>
        Plain = 1,

        /// <summary><c>*.ck</c>: every name one label longer is a suffix.</summary>
        Wildcard = 2,

        /// <summary><c>!www.ck</c>: this one is not.</summary>
        Exception = 4,
    }

    /// <summary>Without a list: the last label is a suffix, and so are the last two where they look like <c>co.uk</c>.</summary>
    public static PublicSuffix Fallback { get; } = new([], "built in", 0);

    /// <summary>The distribution's list, or <see cref="Fallback"/> where it is not installed. Read once.</summary>
    public static PublicSuffix System => SystemList.Value;

    public int Rules { get; }

    /// <summary>Rules whose labels have no A-label here.</summary>
    public int Unread { get; }

    /// <summary>The file's path, or <c>built in</c>.</summary>
    public string Origin { get; }

    /// <summary>Null where the file cannot be read, is far too long, or has no rule in it.</summary>
    public static PublicSuffix? Load(string path)
    {
        try
        {
            return new FileInfo(path).Length > MaxBytes ? null : Parse(File.ReadAllText(path, Encoding.UTF8), path);
        }
        catch (Exception unreadable) when (unreadable is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    /// <returns>Null where the text has no rule in it.</returns>
    public static PublicSuffix? Parse(string text, string origin)
    {
        var rules = new Dictionary<string, Rule>(StringComparer.OrdinalIgnoreCase);
        var unread = 0;
        foreach (var line in text.AsSpan().EnumerateLines())
        {
            var rule = line.Trim();
            var blank = rule.IndexOfAny(' ', '\t');
            rule = blank < 0 ? rule : rule[..blank];
            if (rule.IsEmpty || rule.StartsWith("//"))
            {
                continue;
            }

            var kind = rule[0] == '!' ? Rule.Exception : rule.StartsWith("*.") ? Rule.Wildcard : Rule.Plain;
            var name = ToALabels(rule[(kind == Rule.Exception ? 1 : kind == Rule.Wildcard ? 2 : 0)..].ToString());
            if (name is null)
            {
                unread++;
                continue;
            }

            rules[name] = rules.GetValueOrDefault(name) | kind;
        }

        return rules.Count == 0 ? null : new PublicSuffix(rules, origin, unread);
    }

    /// <summary>The part of a name that was registered: <c>example.co.uk</c> of <c>www.example.co.uk</c>. Empty for a public suffix itself.</summary>
    /// <param name="name">As <see cref="DnsEvent.Name"/> describes it, any case.</param>
    /// <returns>The end of <paramref name="name"/>.</returns>
    public ReadOnlySpan<char> RegistrableDomain(ReadOnlySpan<char> name)
    {
        if (name.IsEmpty || name[0] == '.')
        {
            return default;
        }

        var suffix = SuffixLength(name);
        if (suffix >= name.Length)
        {
            return default;
        }

        var dot = name[..(name.Length - suffix - 1)].LastIndexOf('.');
        return name[(dot + 1)..];
    }

    /// <summary>Characters of the longest suffix that a rule names; that of an exception is one label shorter than the exception.</summary>
    private int SuffixLength(ReadOnlySpan<char> name)
    {
        var last = name.LastIndexOf('.');
        var longest = name.Length - last - 1;
        if (Rules == 0)
        {
            return FallbackLength(name, last, longest);
        }

        for (var start = last + 1; ;)
        {
            if (rules.TryGetValue(name[start..], out var rule))
            {
                if ((rule & Rule.Exception) != 0)
                {
                    return name.Length - start - name[start..].IndexOf('.') - 1;
                }

                longest = (rule & Rule.Plain) != 0 ? name.Length - start : longest;
                if ((rule & Rule.Wildcard) != 0 && start > 0)
                {
                    longest = name.Length - (name[..(start - 1)].LastIndexOf('.') + 1);
                }
            }

            if (start == 0)
            {
                return longest;
            }

            start = name[..(start - 1)].LastIndexOf('.') + 1;
        }
    }

    private static int FallbackLength(ReadOnlySpan<char> name, int lastDot, int lastLabel)
    {
        if (lastDot <= 0 || lastLabel != 2)
        {
            return lastLabel;
        }

        var secondStart = name[..lastDot].LastIndexOf('.') + 1;
        foreach (var common in CommonSecondLabels)
        {
            if (name[secondStart..lastDot].Equals(common, StringComparison.OrdinalIgnoreCase))
            {
                return name.Length - secondStart;
            }
        }

        return lastLabel;
    }

    private static string? ToALabels(string name)
    {
        if (Ascii.IsValid(name))
        {
            return name;
        }

        var labels = name.Split('.');
        for (var i = 0; i < labels.Length; i++)
        {
            if (Idna.ToALabel(labels[i], out _) is not { } label)
            {
                return null;
            }

            labels[i] = label;
        }

        return string.Join('.', labels);
    }
}
