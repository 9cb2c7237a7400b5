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
