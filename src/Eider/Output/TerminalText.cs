// The one gate between strings that others chose (names, command lines, paths) and a person's terminal.

using System.Globalization;
using System.Text;

namespace Eider.Output;

public static class TerminalText
{
    /// <summary>Makes text harmless to show: control characters (escape sequences, newlines), format characters (bidirectional overrides, zero-width),
    /// line separators and broken surrogates become visible escapes such as <c>\x1b</c> and <c>\u{202e}</c>. Returns the same string when there is nothing to do.</summary>
    public static string Escape(string text)
    {
        var clean = CleanPrefix(text);
        if (clean == text.Length)
        {
            return text;
        }

        var safe = new StringBuilder(text, 0, clean, text.Length + 16);
        for (var rest = text.AsSpan(clean); rest.Length > 0;)
        {
            var isWhole = Rune.DecodeFromUtf16(rest, out var rune, out var taken) == System.Buffers.OperationStatus.Done;
            if (!isWhole)
            {
                safe.Append(CultureInfo.InvariantCulture, $"\\u{{{(int)rest[0]:x}}}");
            }
            else if (IsHarmless(rune))
            {
                safe.Append(rest[..taken]);
            }
            else
            {
                AppendEscaped(safe, rune);
            }

            rest = rest[taken..];
        }

        return safe.ToString();
    }

    /// <summary>Columns that escaped text takes on a terminal: East Asian wide characters and emoji take two, combining marks none.</summary>
    public static int Width(string text)
    {
        if (Ascii.IsValid(text))
        {
            return text.Length;
        }

        var width = 0;
        foreach (var rune in text.EnumerateRunes())
        {
            width += WidthOf(rune);
        }

        return width;
    }

    /// <summary>Escaped text in exactly <paramref name="width"/> columns: padded with spaces, or cut with an ellipsis.</summary>
    public static string Fit(string text, int width)
    {
        var taken = Width(text);
        if (taken <= width)
        {
            return text + new string(' ', width - taken);
        }

        var cut = new StringBuilder(width);
        var used = 0;
        foreach (var rune in text.EnumerateRunes())
        {
            var step = WidthOf(rune);
            if (used + step > width - 1)
            {
                break;
            }

            cut.Append(rune);
            used += step;
        }

        return cut.Append('…').Append(' ', Math.Max(0, width - 1 - used)).ToString();
    }

    private static int CleanPrefix(string text)
    {
        for (var i = 0; i < text.Length; i++)
        {
            if (text[i] is < ' ' or > '~')
            {
                return i;
            }
        }

        return text.Length;
    }

    private static bool IsHarmless(Rune rune) => Rune.GetUnicodeCategory(rune) is not
        (UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator
        or UnicodeCategory.Surrogate or UnicodeCategory.OtherNotAssigned or UnicodeCategory.PrivateUse);

    private static void AppendEscaped(StringBuilder safe, Rune rune) => _ = rune.Value switch
    {
        '\n' => safe.Append("\\n"),
        '\r' => safe.Append("\\r"),
        '\t' => safe.Append("\\t"),
        < 0x100 => safe.Append(CultureInfo.InvariantCulture, $"\\x{rune.Value:x2}"),
        _ => safe.Append(CultureInfo.InvariantCulture, $"\\u{{{rune.Value:x}}}"),
    };

    /// <summary>Unicode TR 11, by block: near enough to keep columns straight.</summary>
    private static int WidthOf(Rune rune) => rune.Value switch
    {
        < 0x300 => 1,
        _ when Rune.GetUnicodeCategory(rune) is UnicodeCategory.NonSpacingMark or UnicodeCategory.EnclosingMark => 0,
        (>= 0x1100 and <= 0x115f) or (>= 0x2e80 and <= 0xa4cf) or (>= 0xac00 and <= 0xd7a3) or (>= 0xf900 and <= 0xfaff)
            or (>= 0xfe30 and <= 0xfe6f) or (>= 0xff00 and <= 0xff60) or (>= 0xffe0 and <= 0xffe6) or (>= 0x1f300 and <= 0x1faff) or (>= 0x20000 and <= 0x3fffd) => 2,
        _ => 1,
    };
}
