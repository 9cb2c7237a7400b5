// Octets of a config file to text, with the place of whatever is not text. First step of reading a config.

using System.Text;
using System.Text.Unicode;

namespace Eider.Core.Config;

internal static class ConfigEncoding
{
    /// <returns>Text, or null with an error added: too large, not UTF-8, or with control characters (YAML 1.2.2, 5.1).</returns>
    public static string? Decode(ReadOnlySpan<byte> bytes, int maxBytes, ConfigErrors errors)
    {
        if (bytes.Length > maxBytes)
        {
            errors.Add(YamlPosition.WholeFile, $"longer than {Units.FormatSize(maxBytes)}; this is not a config file");
            return null;
        }

        if (bytes.StartsWith((ReadOnlySpan<byte>)[0xff, 0xfe]) || bytes.StartsWith((ReadOnlySpan<byte>)[0xfe, 0xff]))
        {
            errors.Add(YamlPosition.WholeFile, "the text is UTF-16; save it as UTF-8");
            return null;
        }

        if (bytes.StartsWith((ReadOnlySpan<byte>)[0xef, 0xbb, 0xbf]))
        {
            bytes = bytes[3..];
        }

        var valid = ValidPrefix(bytes);
        if (valid < bytes.Length)
        {
            errors.Add(PositionAfter(Encoding.UTF8.GetString(bytes[..valid])), $"octet 0x{bytes[valid]:x2} is not UTF-8; save the file as UTF-8");
            return null;
        }

        var text = Encoding.UTF8.GetString(bytes);
        var control = text.AsSpan().IndexOfAny(Controls);
        if (control >= 0)
        {
            errors.Add(PositionAfter(text[..control]), $"control character U+{(int)text[control]:X4} is not allowed in YAML");
            return null;
        }

        return text;
    }

    private static readonly System.Buffers.SearchValues<char> Controls = System.Buffers.SearchValues.Create(
        [.. Enumerable.Range(0, 0x20).Where(c => c is not ('\t' or '\n' or '\r')).Append(0x7f).Select(c => (char)c)]);

    private static int ValidPrefix(ReadOnlySpan<byte> bytes)
    {
        if (Utf8.IsValid(bytes))
        {
            return bytes.Length;
        }

        var at = 0;
        while (Rune.DecodeFromUtf8(bytes[at..], out _, out var consumed) == System.Buffers.OperationStatus.Done)
        {
            at += consumed;
        }

        return at;
    }

    private static YamlPosition PositionAfter(string before) =>
        new(before.Count(c => c == '\n') + 1, before.Length - (before.LastIndexOf('\n') + 1) + 1);
}
