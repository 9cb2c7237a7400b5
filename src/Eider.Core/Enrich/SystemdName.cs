// systemd's escapes in names of units and machines.

using System.Globalization;
using System.Text;

namespace Eider.Core.Enrich;

internal static class SystemdName
{
    /// <summary>Turns <c>\x2d</c> and its like back into octets (systemd.unit(5)); what is no escape stays as it is.</summary>
    public static string Unescape(ReadOnlySpan<char> name)
    {
        if (!name.Contains('\\'))
        {
            return name.ToString();
        }

        var octets = new byte[Encoding.UTF8.GetMaxByteCount(name.Length)];
        var length = 0;
        while (!name.IsEmpty)
        {
            if (name is ['\\', 'x', _, _, ..] && byte.TryParse(name[2..4], NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var octet))
            {
                octets[length++] = octet;
                name = name[4..];
            }
            else
            {
                // By rune, so that a surrogate pair stays whole.
                Rune.DecodeFromUtf16(name, out var rune, out var used);
                length += rune.EncodeToUtf8(octets.AsSpan(length));
                name = name[used..];
            }
        }

        return Encoding.UTF8.GetString(octets, 0, length);
    }
}
