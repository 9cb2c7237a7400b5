// Decode: octets in presentation form: hex, base64, quoted and escaped strings.

using System.Text;

namespace Eider.Core.Decode.Records;

internal static partial class RecordText
{
    private static StringBuilder AppendHex(StringBuilder text, ReadOnlySpan<byte> octets)
    {
        foreach (var octet in octets)
        {
            text.Append("0123456789abcdef"[octet >> 4]).Append("0123456789abcdef"[octet & 0xf]);
        }

        return text;
    }

    /// <summary>NSEC3 salt: hex, or a dash where there is none (RFC 5155 3.3).</summary>
    private static StringBuilder AppendHexOrDash(StringBuilder text, ReadOnlySpan<byte> octets) =>
        octets.IsEmpty ? text.Append('-') : AppendHex(text, octets);

    /// <summary>Base 32 with extended hex alphabet and no padding (RFC 4648 7).</summary>
    private static StringBuilder AppendBase32(StringBuilder text, ReadOnlySpan<byte> octets)
    {
        var (bits, count) = (0, 0);
        foreach (var octet in octets)
        {
            bits = ((bits << 8) | octet) & 0xffff;
            for (count += 8; count >= 5; count -= 5)
            {
                text.Append("0123456789abcdefghijklmnopqrstuv"[(bits >> (count - 5)) & 0x1f]);
            }
        }

        return count == 0 ? text : text.Append("0123456789abcdefghijklmnopqrstuv"[(bits << (5 - count)) & 0x1f]);
    }

    /// <summary>A character-string in quotes (RFC 1035 5.1).</summary>
    private static StringBuilder AppendQuoted(StringBuilder text, ReadOnlySpan<byte> octets) =>
        AppendEscaped(text.Append('"'), octets, alsoEscape: "\"").Append('"');

    /// <summary>Printable ASCII and space as they are, a backslash and <paramref name="alsoEscape"/> after a backslash, all else as \DDD.</summary>
    private static StringBuilder AppendEscaped(StringBuilder text, ReadOnlySpan<byte> octets, string alsoEscape)
    {
        foreach (var octet in octets)
        {
            if (octet is < 0x20 or >= 0x7f)
            {
                text.Append('\\').Append((char)('0' + octet / 100)).Append((char)('0' + octet / 10 % 10)).Append((char)('0' + octet % 10));
                continue;
            }

            if (octet == '\\' || alsoEscape.Contains((char)octet))
            {
                text.Append('\\');
            }

            text.Append((char)octet);
        }

        return text;
    }
}
