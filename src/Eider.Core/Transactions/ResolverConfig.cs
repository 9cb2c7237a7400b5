// What a stub resolver reads of resolv.conf(5), as far as it decides which names are asked.

using System.Globalization;

namespace Eider.Core.Transactions;

/// <param name="Search">Domains that are appended in turn, without trailing dot.</param>
/// <param name="Ndots">A name with this many dots or more is asked as it is first, one with fewer is asked so last.</param>
public sealed record ResolverConfig(IReadOnlyList<string> Search, int Ndots)
{
    /// <summary>Text beyond this is not read.</summary>
    public const int MaxLength = 64 * 1024;

    /// <summary>Domains beyond this are not read; glibc has no limit since 2.26, older ones had 6.</summary>
    public const int MaxSearch = 32;

    /// <summary>As in glibc (RES_MAXNDOTS).</summary>
    public const int MaxNdots = 15;

    private const int MaxNameLength = 253;

    public static readonly ResolverConfig Default = new([], 1);

    /// <summary>Reads the text of a resolv.conf. Never fails: it belongs to the workload, may be anything, and what is not understood is passed over, as
    /// resolvers do.</summary>
    public static ResolverConfig Parse(ReadOnlySpan<char> text)
    {
        var config = Default;
        foreach (var line in text[..Math.Min(text.Length, MaxLength)].EnumerateLines())
        {
            if (Keyword(line, "search", out var rest))
            {
                config = config with { Search = Domains(rest, MaxSearch) };
            }
            else if (Keyword(line, "domain", out rest))
            {
                config = config with { Search = Domains(rest, 1) };
            }
            else if (Keyword(line, "options", out rest))
            {
                config = config with { Ndots = NdotsOf(rest) ?? config.Ndots };
            }
        }

        return config;
    }

    /// <summary>The keyword starts its line and white space follows; <c>search</c> and <c>domain</c> replace each other, the last one counts.</summary>
    private static bool Keyword(ReadOnlySpan<char> line, ReadOnlySpan<char> keyword, out ReadOnlySpan<char> rest)
    {
        rest = line.StartsWith(keyword, StringComparison.Ordinal) ? line[keyword.Length..] : default;
        return !rest.IsEmpty && IsBlank(rest[0]);
    }

    private static List<string> Domains(ReadOnlySpan<char> text, int limit)
    {
        var domains = new List<string>();
        while (domains.Count < limit && NextWord(ref text) is { IsEmpty: false } word)
        {
            var domain = word.TrimEnd('.');
            if (domain.Length is > 0 and <= MaxNameLength)
            {
                domains.Add(domain.ToString());
            }
        }

        return domains;
    }

    private static int? NdotsOf(ReadOnlySpan<char> text)
    {
        const string Option = "ndots:";
        int? ndots = null;
        while (NextWord(ref text) is { IsEmpty: false } word)
        {
            if (word.StartsWith(Option, StringComparison.Ordinal)
                && int.TryParse(word[Option.Length..], NumberStyles.None, CultureInfo.InvariantCulture, out var given))
            {
                ndots = Math.Min(given, MaxNdots);
            }
        }

        return ndots;
    }

    private static ReadOnlySpan<char> NextWord(ref ReadOnlySpan<char> text)
    {
        text = text.TrimStart(" \t");
        var end = text.IndexOfAny(' ', '\t');
        var word = end < 0 ? text : text[..end];
        text = text[word.Length..];
        return word;
    }

    private static bool IsBlank(char character) => character is ' ' or '\t';
}
