// A name as a list writes it, checked and brought to the one form in which names are compared.

using System.Globalization;
using System.Text;

namespace Eider.Core.Lists;

internal static class ListName
{
    /// <summary>RFC 1035 2.3.4's 255 octets on the wire, without the first length octet and the root.</summary>
    public const int MaxLength = 253;

    private const int MaxLabel = 63;

    /// <summary>UTF-8 of the longest name that can become one of 253 octets is well below.</summary>
    private const int MaxUnicode = 1024;

    private static readonly IdnMapping Idn = new() { UseStd3AsciiRules = false };

    /// <summary>For each octet its lower case; 0 for what names do not have.</summary>
    private static readonly byte[] Folded = Fold();

    /// <summary>Writes <paramref name="text"/> in lower case, as A-labels, without a final dot.</summary>
    /// <param name="name">At least <see cref="MaxLength"/> octets.</param>
    /// <returns>Why it is no name that a list can hold; None when it was written.</returns>
    public static LineFault Normalise(ReadOnlySpan<byte> text, Span<byte> name, out int length)
    {
        if (text.EndsWith("."u8))
        {
            text = text[..^1];
        }

        length = text.Length;
        if (text.Length is 0 or > MaxLength)
        {
            return text.Length == 0 ? LineFault.EmptyLabel : ExplainOctets(text, LineFault.NameTooLong, name, out length);
        }

        var folded = Folded;
        var label = 0;
        for (var at = 0; at < text.Length; at++)
        {
            var octet = folded[text[at]];
            name[at] = octet;
            if (octet > '.')
            {
                continue;
            }

            if (octet == 0)
            {
                return ExplainOctets(text, LineFault.BadOctet, name, out length);
            }

            if (octet == '.')
            {
                if (CheckLabel(at - label) is not LineFault.None and var fault)
                {
                    return fault;
                }

                label = at + 1;
            }
        }

        return CheckLabel(text.Length - label) is not LineFault.None and var last ? last
            : name[label] <= '9' && !text[label..].ContainsAnyExceptInRange((byte)'0', (byte)'9') ? LineFault.Address
            : LineFault.None;
    }

    private static LineFault CheckLabel(int length) => length switch
    {
        0 => LineFault.EmptyLabel,
        > MaxLabel => LineFault.LabelTooLong,
        _ => LineFault.None,
    };

    private static LineFault ExplainOctets(ReadOnlySpan<byte> text, LineFault otherwise, Span<byte> name, out int length)
    {
        length = 0;
        if (!Ascii.IsValid(text))
        {
            return NormaliseUnicode(text, name, out length);
        }

        if (text.Contains((byte)'*'))
        {
            return LineFault.InnerWildcard;
        }

        var slash = text.IndexOf((byte)'/');
        return IsAddress(slash > 0 ? text[..slash] : text) ? LineFault.Address
            : slash >= 0 || text.Contains((byte)':') ? LineFault.Url
            : otherwise;
    }

    private static bool IsAddress(ReadOnlySpan<byte> text) =>
        text.Length <= 64 && (text.Contains((byte)':') || text.Contains((byte)'.')) && System.Net.IPAddress.TryParse(Encoding.ASCII.GetString(text), out _);

    private static LineFault NormaliseUnicode(ReadOnlySpan<byte> text, Span<byte> name, out int length)
    {
        length = 0;
        if (text.Length > MaxUnicode || !System.Text.Unicode.Utf8.IsValid(text))
        {
            return text.Length > MaxUnicode ? LineFault.NameTooLong : LineFault.NotIdna;
        }

        var unicode = Encoding.UTF8.GetString(text);
        if (unicode.AsSpan().ContainsAny("*/:"))
        {
            return unicode.Contains('*') ? LineFault.InnerWildcard : LineFault.Url;
        }

        if (unicode.Any(NeedsMapping))
        {
            return LineFault.NotIdna;
        }

        try
        {
            return Normalise(Encoding.ASCII.GetBytes(Idn.GetAscii(unicode.ToLowerInvariant())), name, out length);
        }
        catch (ArgumentException)
        {
            return LineFault.NotIdna;
        }
    }

    /// <summary>Spellings that RFC 5895 maps to others before they are encoded, with tables that are not here: combining marks that belong to the letter
    /// before, and the wide and narrow forms of East Asian text. Encoded as they are they would match nothing.</summary>
    private static bool NeedsMapping(char c) => c is >= '\u0300' and <= '\u036f' or >= '\uff00' and <= '\uffef' || char.IsWhiteSpace(c) || char.IsControl(c);

    private static byte[] Fold()
    {
        var folded = new byte[256];
        for (var octet = 0; octet < 128; octet++)
        {
            if (char.IsAsciiLetterOrDigit((char)octet) || octet is '-' or '_' or '.')
            {
                folded[octet] = (byte)char.ToLowerInvariant((char)octet);
            }
        }

        return folded;
    }
}
