// Wildcard patterns over names, paths and units, matched without allocation.

namespace Eider.Core.Filters;

/// <summary>A pattern in which <c>*</c> stands for any run of characters (dots and slashes too) and <c>?</c> for one. Immutable.</summary>
public readonly struct Glob
{
    private readonly string _pattern;
    private readonly bool _ignoreCase;
    private readonly bool _isLiteral;

    /// <param name="ignoreCase">ASCII letters match in either case, as in DNS names (RFC 4343).</param>
    public Glob(string pattern, bool ignoreCase)
    {
        _pattern = pattern;
        _ignoreCase = ignoreCase;
        _isLiteral = !pattern.AsSpan().ContainsAny('*', '?');
    }

    /// <summary>Costs at most pattern length times text length steps, whatever the pattern: only the last <c>*</c> is ever retried.</summary>
    public bool Matches(ReadOnlySpan<char> text)
    {
        if (_isLiteral)
        {
            return text.Equals(_pattern, _ignoreCase ? StringComparison.OrdinalIgnoreCase : StringComparison.Ordinal);
        }

        int at = 0, next = 0, star = -1, retry = 0;
        while (at < text.Length)
        {
            if (next < _pattern.Length && _pattern[next] == '*')
            {
                star = next++;
                retry = at;
            }
            else if (next < _pattern.Length && IsSame(_pattern[next], text[at]))
            {
                next++;
                at++;
            }
            else if (star >= 0)
            {
                next = star + 1;
                at = ++retry;
            }
            else
            {
                return false;
            }
        }

        return _pattern.AsSpan(next).IndexOfAnyExcept('*') < 0;
    }

    private bool IsSame(char expected, char actual) =>
        expected == '?' || expected == actual || (_ignoreCase && Fold(expected) == Fold(actual));

    private static char Fold(char c) => char.IsAsciiLetterUpper(c) ? (char)(c | 0x20) : c;
}
