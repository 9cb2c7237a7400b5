// AdBlock rules as DNS filters use them: ||name^ and its exceptions. Plain names and hosts lines may stand among them.
// What only a browser can decide (parts of pages, URLs, conditions) is counted and left out, since blocking more than the rule says breaks sites.

namespace Eider.Core.Lists.Formats;

internal sealed class AdblockFormat(NameMatch match) : IListFormat
{
    private readonly EntryTerms _plain = new(match);

    public void ReadLine(ReadOnlySpan<byte> line, bool indented, LineNames names)
    {
        if (line.IsEmpty || line[0] == (byte)'!' || line is [(byte)'[', .., (byte)']'])
        {
            names.Comment();
            return;
        }

        var hash = line.IndexOf((byte)'#');
        if (hash >= 0)
        {
            if (IsCosmetic(line, hash))
            {
                names.Skip(LineFault.CosmeticRule, line);
                return;
            }

            if (hash == 0)
            {
                names.Comment();
                return;
            }
        }

        ReadRule(line, names);
    }

    /// <summary>Whether the first # of a line separates hosts from what is hidden on their pages: <c>##</c>, <c>#@#</c>, <c>#?#</c>, <c>#$#</c>, <c>#%#</c> and
    /// combinations. A # after a blank begins a comment, and so does a row of them.</summary>
    public static bool IsCosmetic(ReadOnlySpan<byte> line, int hash)
    {
        var behind = line[(hash + 1)..];
        var marks = behind.IndexOfAnyExcept("@?$%"u8);
        if (marks < 0 || behind[marks] != (byte)'#')
        {
            return false;
        }

        var selector = behind[(marks + 1)..];
        return hash > 0 ? line[hash - 1] is not ((byte)' ' or (byte)'\t') : !selector.IsEmpty && selector[0] is not ((byte)'#' or (byte)' ');
    }

    private void ReadRule(ReadOnlySpan<byte> line, LineNames names)
    {
        var pattern = line;
        var terms = _plain;
        if (pattern.StartsWith("@@"u8))
        {
            pattern = pattern[2..];
            terms = terms with { Action = ListAction.Allow };
        }

        if (pattern.StartsWith("/"u8))
        {
            names.Skip(IsExpression(pattern) ? LineFault.Expression : LineFault.UrlRule, line);
            return;
        }

        var dollar = pattern.IndexOf((byte)'$');
        if (dollar >= 0)
        {
            if (!TryReadModifiers(pattern[(dollar + 1)..], ref terms, out var fault))
            {
                names.Skip(fault, line);
                return;
            }

            pattern = pattern[..dollar];
        }

        ReadPattern(line, pattern, terms, names);
    }

    private static bool IsExpression(ReadOnlySpan<byte> pattern) => pattern.Length > 1 && (pattern.EndsWith("/"u8) || pattern[1..].IndexOf("/$"u8) >= 0);

    /// <summary>Those that change nothing for a name as a whole: <c>important</c> and <c>all</c>.</summary>
    private static bool TryReadModifiers(ReadOnlySpan<byte> modifiers, ref EntryTerms terms, out LineFault fault)
    {
        fault = modifiers.StartsWith("$"u8) ? LineFault.CosmeticRule : LineFault.Modifier;
        foreach (var part in modifiers.Split((byte)','))
        {
            var modifier = modifiers[part];
            if (modifier.SequenceEqual("important"u8))
            {
                terms = terms with { Important = true };
            }
            else if (!modifier.SequenceEqual("all"u8))
            {
                return false;
            }
        }

        return true;
    }

    private static void ReadPattern(ReadOnlySpan<byte> line, ReadOnlySpan<byte> pattern, in EntryTerms terms, LineNames names)
    {
        if (pattern.StartsWith("||"u8))
        {
            var name = WithoutEnd(pattern[2..], out var hasEnd);
            Add(line, name, hasEnd || (name.Contains((byte)'.') && !name.EndsWith("."u8)), terms with { Match = NameMatch.Both }, names);
        }
        else if (pattern.StartsWith("|"u8))
        {
            var name = WithoutEnd(pattern[1..], out var hasEnd);
            Add(line, name, hasEnd, terms with { Match = NameMatch.Exact }, names);
        }
        else
        {
            ReadPlain(line, pattern, terms, names);
        }
    }

    private static void ReadPlain(ReadOnlySpan<byte> line, ReadOnlySpan<byte> pattern, in EntryTerms terms, LineNames names)
    {
        pattern = pattern.BeforeComment((byte)'#');
        if (pattern.ContainsAny((byte)' ', (byte)'\t'))
        {
            if (!HostsFormat.TryRead(line, pattern, names, terms))
            {
                names.Skip(LineFault.NotInFormat, line);
            }

            return;
        }

        // A dot at either end, or none at all, makes it a part of longer names.
        Add(line, pattern, pattern.Contains((byte)'.') && pattern[0] != (byte)'.' && pattern[^1] != (byte)'.', terms, names);
    }

    /// <param name="isWhole">Whether the rule's text is a whole name, not the beginning of longer ones.</param>
    private static void Add(ReadOnlySpan<byte> line, ReadOnlySpan<byte> name, bool isWhole, in EntryTerms terms, LineNames names)
    {
        if (name.ContainsAny("/:?="u8) && !Words.TryParseAddress(name, out _))
        {
            names.Skip(LineFault.UrlRule, line);
        }
        else if (name.SequenceEqual("*"u8))
        {
            names.Skip(LineFault.EveryName, line);
        }
        else if (!isWhole || name.IsEmpty || name.ContainsAny("^|"u8))
        {
            names.Skip(LineFault.PartialName, line);
        }
        else
        {
            names.Add(name, terms, line);
        }
    }

    /// <summary>Takes off what ends a name in a rule: <c>^</c>, <c>|</c>, <c>^|</c> or <c>^*</c>.</summary>
    private static ReadOnlySpan<byte> WithoutEnd(ReadOnlySpan<byte> pattern, out bool hasEnd)
    {
        var name = pattern.EndsWith("^|"u8) || pattern.EndsWith("^*"u8) ? pattern[..^2]
            : pattern.EndsWith("^"u8) || pattern.EndsWith("|"u8) ? pattern[..^1]
            : pattern;
        hasEnd = name.Length < pattern.Length;
        return name;
    }
}
