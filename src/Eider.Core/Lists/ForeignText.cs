// Tells lists from what is sometimes found in their place, and what to do about it.

using Eider.Core.Policy;

namespace Eider.Core.Lists;

internal static class ForeignText
{
    private const int Shown = 8;

    /// <summary>Looks at how the text starts, passes over a byte order mark, and finds the format where it is not named.</summary>
    /// <returns>Null when this is a list as far as can be seen.</returns>
    public static ListError? Recognise(ListLines lines, string name, ref ListFormat format)
    {
        var start = lines.Peek();
        if (start is [0xff, 0xfe, ..] or [0xfe, 0xff, ..])
        {
            return new ListError(ListFault.Utf16, $"{name}: the text is UTF-16; save it as UTF-8");
        }

        var archive = Archive(start);
        if (lines.NulOffset >= 0 || archive is not null)
        {
            // Text that UTF-16 stores with a NUL beside each letter, without the mark in front.
            var kind = archive ?? (lines.NulOffset is 0 or 1 ? " (perhaps UTF-16; save it as UTF-8)" : "");
            var octets = string.Join(' ', start[..Math.Min(Shown, start.Length)].ToArray().Select(octet => octet.ToString("x2")));
            return new ListError(ListFault.Binary, $"{name}: this is not a list of names: binary data{(octets.Length > 0 ? $" that starts with {octets}" : "")}{kind}; expected text, also compressed with gzip");
        }

        if (start.StartsWith((ReadOnlySpan<byte>)[0xef, 0xbb, 0xbf]))
        {
            lines.Skip(3);
            start = start[3..];
        }

        if (IsWebPage(start))
        {
            return new ListError(ListFault.WebPage, $"{name}: this is a web page, not a list of names; check the address, it may have moved or want a login");
        }

        return format == ListFormat.Auto ? FormatDetection.Detect(start, lines.IsRead, name, out format) : null;
    }

    /// <summary>Why reading ended: null at the end of a whole list.</summary>
    public static ListError? Describe(ListLines lines, string name, long maxOctets) =>
        lines.NulOffset >= 0 ? new ListError(ListFault.Binary, $"{name}: this is not a list of names: a NUL octet after line {lines.Line}, at octet {lines.NulOffset}; fetch or copy the file again")
        : lines.IsTooLarge ? new ListError(ListFault.TooLarge, $"{name}: the list is larger than {Config.Units.FormatSize(maxOctets)} of text; split it, or use a smaller one")
        : null;

    private static bool IsWebPage(ReadOnlySpan<byte> start)
    {
        start = start.TrimStart(" \t\r\n"u8);
        foreach (var opening in (ReadOnlySpan<string>)["<!doctype", "<html", "<head", "<?xml"])
        {
            if (start.Length >= opening.Length && System.Text.Ascii.EqualsIgnoreCase(start[..opening.Length], opening))
            {
                return true;
            }
        }

        return false;
    }

    private static string? Archive(ReadOnlySpan<byte> start) => start switch
    {
        [(byte)'P', (byte)'K', 3, 4, ..] => " (zip; unpack it)",
        [0x28, 0xb5, 0x2f, 0xfd, ..] => " (zstd; unpack it with zstd -d)",
        [0xfd, (byte)'7', (byte)'z', (byte)'X', (byte)'Z', ..] => " (xz; unpack it with xz -d)",
        [(byte)'B', (byte)'Z', (byte)'h', >= (byte)'0' and <= (byte)'9', 0x31, 0x41, ..] => " (bzip2; unpack it with bzip2 -d)",
        [(byte)'7', (byte)'z', 0xbc, 0xaf, ..] => " (7z; unpack it)",
        [0x1f, 0x8b, ..] => " (gzip within gzip; unpack it once)",
        _ => null,
    };
}
