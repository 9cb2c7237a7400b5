// A name as a list writes it, checked and brought to the one form in which names are compared.

using System.Text;

namespace Eider.Core.Lists;

internal static class ListName
{
    /// <summary>RFC 1035 2.3.4's 255 octets on the wire, without the first length octet and the root.</summary>
    public const int MaxLength = 253;

    private const int MaxLabel = 63;

    /// <summary>UTF-8 of the longest name that can become one of 253 octets is well below.</summary>
    private const int MaxUnicode = 1024;

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

        var labels = unicode.Split('.', '\u3002', '\uff0e', '\uff61'); // full stops that input methods write (UTS 46 4)
        for (var i = 0; i < labels.Length; i++)
        {
            if (Idna.ToALabel(labels[i], out _) is not { } label)
            {
                return LineFault.NotIdna;
            }

            labels[i] = label;
        }

        return Normalise(Encoding.ASCII.GetBytes(string.Join('.', labels)), name, out length);
    }

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
