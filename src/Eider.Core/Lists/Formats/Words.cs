// Lines as words between blanks.

namespace Eider.Core.Lists.Formats;

internal static class Words
{
    /// <summary>Takes the first word off <paramref name="rest"/>; empty where there is none.</summary>
    public static ReadOnlySpan<byte> TakeWord(ref ReadOnlySpan<byte> rest)
    {
        rest = rest.TrimStart(" \t\r"u8);
        var length = rest.IndexOfAny((byte)' ', (byte)'\t', (byte)'\r');
        var word = length < 0 ? rest : rest[..length];
        rest = rest[word.Length..];
        return word;
    }

    /// <summary>The text before a comment, without blanks behind it.</summary>
    public static ReadOnlySpan<byte> BeforeComment(this ReadOnlySpan<byte> line, byte mark)
    {
        var at = line.IndexOf(mark);
        return at < 0 ? line : line[..at].TrimEnd(" \t\r"u8);
    }

    public static bool Is(this ReadOnlySpan<byte> word, ReadOnlySpan<byte> lowerCase) => System.Text.Ascii.EqualsIgnoreCase(word, lowerCase);

    /// <summary>Reads an IPv4 or IPv6 address, also with a zone (<c>fe80::1%lo0</c>). Allocates, but not for those that lists are made of.</summary>
    public static bool TryParseAddress(ReadOnlySpan<byte> word, out IpAddress address)
    {
        if (word.SequenceEqual("0.0.0.0"u8) || word.SequenceEqual("127.0.0.1"u8))
        {
            address = IpAddress.FromOctets(word[0] == (byte)'0' ? [0, 0, 0, 0] : [127, 0, 0, 1]);
            return true;
        }

        if (word.SequenceEqual("::"u8) || word.SequenceEqual("::1"u8))
        {
            address = new IpAddress((UInt128)(word.Length - 2));
            return true;
        }

        Span<char> text = stackalloc char[64];
        if (word.Length > text.Length || !(word.Contains((byte)':') || word.Contains((byte)'.')))
        {
            address = default;
            return false;
        }

        return System.Text.Ascii.ToUtf16(word, text, out var length) == System.Buffers.OperationStatus.Done & IpAddress.TryParse(text[..length], out address);
    }

    /// <summary>Whether an address only keeps a name from leading anywhere: unspecified or loopback.</summary>
    public static bool LeadsNowhere(IpAddress address) =>
        address.IsV4 ? (uint)address.Value == 0 || (uint)address.Value >> 24 == 127 : address.Value <= 1;
}
