// Name patterns as people write them, in the form that names have on the wire.

using System.Globalization;

namespace Eider.Core.Filters;

internal static class NamePattern
{
    private static readonly IdnMapping Idn = new();

    /// <summary>Drops a final dot and turns labels with letters beyond ASCII into A-labels (RFC 5890): <c>*.bücher.example</c> becomes <c>*.xn--bcher-kva.example</c>.</summary>
    /// <exception cref="FilterException">The pattern is empty or a label has no A-label form.</exception>
    public static string ToAscii(FilterToken value)
    {
        if (value.Text.Length == 0)
        {
            throw new FilterException(value.Column, "an empty name", "write \".\" for the root, or a pattern");
        }

        var pattern = value.Text.Length > 1 && value.Text.EndsWith('.') ? value.Text[..^1] : value.Text;
        return System.Text.Ascii.IsValid(pattern)
            ? pattern
            : string.Join('.', pattern.Split('.').Select(label => ToALabel(label, value)));
    }

    private static string ToALabel(string label, FilterToken value)
    {
        if (System.Text.Ascii.IsValid(label))
        {
            return label;
        }

        try
        {
            return label.AsSpan().ContainsAny('*', '?')
                ? throw new FilterException(value.Column, $"a wildcard inside the label \"{label}\"", "write its A-label (xn--…) with the wildcard")
                : Idn.GetAscii(label.ToLowerInvariant());
        }
        catch (ArgumentException)
        {
            throw new FilterException(value.Column, $"\"{label}\" is no domain name label", "write its A-label (xn--…)");
        }
    }
}
