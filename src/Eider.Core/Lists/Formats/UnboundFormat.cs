// unbound's configuration: local-zone lines, each for the name and everything below it.

namespace Eider.Core.Lists.Formats;

internal sealed class UnboundFormat : IListFormat
{
    private static readonly System.Buffers.SearchValues<byte> OptionOctets = System.Buffers.SearchValues.Create("abcdefghijklmnopqrstuvwxyz0123456789-"u8);

    public void ReadLine(ReadOnlySpan<byte> line, bool indented, LineNames names)
    {
        var rest = line.BeforeComment((byte)'#');
        var colon = rest.IndexOf((byte)':');
        if (rest.IsEmpty || rest.SequenceEqual("server:"u8))
        {
            names.Comment();
        }
        else if (colon <= 0 || rest[..colon].ContainsAnyExcept(OptionOctets))
        {
            names.Skip(LineFault.NotInFormat, line);
        }
        else if (rest[..colon].SequenceEqual("local-zone"u8))
        {
            ReadZone(line, rest[(colon + 1)..], names);
        }
        else
        {
            names.Skip(rest.StartsWith("local-data"u8) ? LineFault.LocalData : LineFault.OtherOption, line);
        }
    }

    private static void ReadZone(ReadOnlySpan<byte> line, ReadOnlySpan<byte> rest, LineNames names)
    {
        var name = Unquote(Words.TakeWord(ref rest));
        var type = Unquote(Words.TakeWord(ref rest));
        if (name.IsEmpty || type.IsEmpty || !rest.Trim(" \t"u8).IsEmpty)
        {
            names.Skip(LineFault.NotInFormat, line);
        }
        else if (!TryReadType(type, out var terms))
        {
            names.Skip(LineFault.ZoneType, line);
        }
        else if (name.SequenceEqual("."u8))
        {
            names.Skip(LineFault.EveryName, line);
        }
        else
        {
            names.Add(name, terms, line);
        }
    }

    /// <summary>unbound.conf(5), local-zone. Types that answer from data of their own block as the list's rule says.</summary>
    private static bool TryReadType(ReadOnlySpan<byte> type, out EntryTerms terms)
    {
        terms = new EntryTerms(NameMatch.Both);
        if (type.SequenceEqual("always_nxdomain"u8) || type.SequenceEqual("static"u8))
        {
            terms = terms with { Reply = ListReply.NxDomain };
        }
        else if (type.SequenceEqual("refuse"u8) || type.SequenceEqual("always_refuse"u8))
        {
            terms = terms with { Reply = ListReply.Refused };
        }
        else if (type.SequenceEqual("deny"u8) || type.SequenceEqual("always_deny"u8) || type.SequenceEqual("inform_deny"u8))
        {
            terms = terms with { Reply = ListReply.Drop };
        }
        else if (type.SequenceEqual("always_nodata"u8))
        {
            terms = terms with { Reply = ListReply.NoData };
        }
        else if (type.SequenceEqual("always_transparent"u8) || type.SequenceEqual("transparent"u8) || type.SequenceEqual("typetransparent"u8))
        {
            terms = terms with { Action = ListAction.Allow };
        }
        else
        {
            return type.SequenceEqual("redirect"u8) || type.SequenceEqual("inform_redirect"u8) || type.SequenceEqual("always_null"u8);
        }

        return true;
    }

    private static ReadOnlySpan<byte> Unquote(ReadOnlySpan<byte> word) =>
        word is [(byte)'"', .., (byte)'"'] or [(byte)'\'', .., (byte)'\''] ? word[1..^1] : word;
}
