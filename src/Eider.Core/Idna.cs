// Internationalized labels to A-labels, strictly: what cannot be told apart safely is refused, never guessed.

using System.Globalization;
using System.Text;

namespace Eider.Core;

/// <summary>U-labels to A-labels (RFC 5890, RFC 3492). The runtime carries no normalization tables here (InvariantGlobalization), and a label that is not
/// normalized would become the A-label of another name without a word; so characters that normalization (RFC 5892 2.1, UTS 46) would change are refused.</summary>
public static class Idna
{
    private const int MaxLabelLength = 63;

    private static readonly IdnMapping Mapping = new();

    /// <summary>Whole blocks of characters that UTS 46 maps to others, or that compose with their neighbours.</summary>
    private static readonly (int First, int Last)[] Changed =
    [
        (0x00aa, 0x00aa), (0x00b2, 0x00b5), (0x00b9, 0x00ba), // superscripts, ordinals, micro sign
        (0x0130, 0x0130), (0x0132, 0x0133), (0x013f, 0x0140), (0x0149, 0x0149), (0x017f, 0x017f), (0x01c4, 0x01cc), (0x01f1, 0x01f3), // digraphs, dotted I, long s
        (0x02b0, 0x02b8), (0x02e0, 0x02e4), // modifier letters
        (0x0300, 0x036f), // combining accents
        (0x03d0, 0x03d6), (0x03f0, 0x03f9), (0x0587, 0x0587), (0x0653, 0x0655), (0x0675, 0x0678), // Greek, Armenian and Arabic variants
        (0x093c, 0x093c), (0x0958, 0x095f), (0x09bc, 0x09be), (0x09d7, 0x09df), (0x0a33, 0x0a3c), (0x0a59, 0x0a5e), (0x0b3c, 0x0b3e), (0x0b56, 0x0b5d), // nuktas
        (0x0e33, 0x0e33), (0x0eb3, 0x0eb3), (0x0edc, 0x0edd), (0x0f43, 0x0f43), (0x1100, 0x11ff), // sara am, conjoining Jamo
        (0x1d2c, 0x1d6a), (0x1d78, 0x1d78), (0x1d9b, 0x1dbf), (0x1dc0, 0x1dff), (0x1e9a, 0x1e9b), // phonetic modifiers, combining supplement
        (0x2000, 0x218f), (0x2460, 0x24ff), (0x2c7c, 0x2c7d), (0x2e80, 0x2fff), // joiners, letterlike, number forms, enclosed; radicals
        (0x3099, 0x309c), (0x309f, 0x309f), (0x30ff, 0x3100), (0x3130, 0x319f), (0x3200, 0x33ff), // voiced marks, compatibility Jamo, enclosed and squared CJK
        (0xa69c, 0xa69d), (0xa770, 0xa770), (0xa7f2, 0xa7f9), (0xab5c, 0xab5f), // Latin and Cyrillic modifiers
        (0xd7b0, 0xd7ff), (0xf900, 0xfdff), (0xfe10, 0xfeff), (0xff00, 0xffef), // Jamo, compatibility ideographs, presentation forms, full and half width
        (0x1d400, 0x1d7ff), (0x1ee00, 0x1eeff), (0x1f100, 0x1f1e5), (0x1f200, 0x1f2ff), (0x1fbf0, 0x1fbf9), (0x2f800, 0x2fa1f), // mathematical, enclosed, compatibility
    ];

    /// <summary>Lower-cases a label and gives it its A-label where it has characters beyond ASCII. Any thread.</summary>
    /// <param name="label">One label without dots.</param>
    /// <param name="fault">Why there is no A-label: a phrase such as <c>the character U+0308 …</c>; null on success.</param>
    /// <returns>The A-label, of at most 63 octets; null with a fault.</returns>
    public static string? ToALabel(string label, out string? fault)
    {
        fault = null;
        if (Ascii.IsValid(label))
        {
            return label.ToLowerInvariant();
        }

        // Lower case first: the Kelvin and Angstrom signs become plain letters by it. Emoji presentation is no part of a name (UTS 46 ignores it).
        var lower = label.ToLowerInvariant().Replace("\ufe0f", "");
        fault = Fault(lower);
        if (fault is not null)
        {
            return null;
        }

        try
        {
            return Mapping.GetAscii(lower);
        }
        catch (ArgumentException)
        {
            fault = $"its A-label would be longer than {MaxLabelLength} octets, or it is no text";
            return null;
        }
    }

    /// <summary>False for a label with the prefix of A-labels that no text has as its A-label.</summary>
    public static bool IsDecodable(string aLabel)
    {
        if (!aLabel.StartsWith("xn--", StringComparison.OrdinalIgnoreCase))
        {
            return true;
        }

        try
        {
            return Mapping.GetUnicode(aLabel).Length > 0;
        }
        catch (ArgumentException)
        {
            return false;
        }
    }

    private static string? Fault(string label)
    {
        var isFirst = true;
        foreach (var rune in label.EnumerateRunes())
        {
            if (rune == Rune.ReplacementChar)
            {
                return "it has half a surrogate pair";
            }

            if (Changed.Any(block => rune.Value >= block.First && rune.Value <= block.Last))
            {
                return $"the character U+{rune.Value:X4} is a variant, a joiner or a combining form; only plain, composed letters (NFC) are taken";
            }

            if (!IsPartOfNames(rune, isFirst))
            {
                return $"the character U+{rune.Value:X4} is not allowed in a name";
            }

            isFirst = false;
        }

        return null;
    }

    /// <summary>Letters, digits, marks after the first, and symbols: emoji are no part of IDNA 2008, but such names are registered and asked for.</summary>
    private static bool IsPartOfNames(Rune rune, bool isFirst) => rune.IsAscii || Rune.GetUnicodeCategory(rune) switch
    {
        UnicodeCategory.LowercaseLetter or UnicodeCategory.OtherLetter or UnicodeCategory.ModifierLetter or UnicodeCategory.DecimalDigitNumber => true,
        UnicodeCategory.NonSpacingMark or UnicodeCategory.SpacingCombiningMark => !isFirst,
        UnicodeCategory.OtherSymbol => true,
        UnicodeCategory.ModifierSymbol => rune.Value is >= 0x1f3fb and <= 0x1f3ff, // skin tones
        _ => false,
    };
}
