using Eider.Output;
using Xunit;

namespace Eider.Tests.Formats;

public sealed class TerminalTextTests
{
    [Theory]
    [InlineData("curl", "curl")]
    [InlineData("", "")]
    [InlineData("żółw 漢字 🦆", "żółw 漢字 🦆")]
    [InlineData("\u001b[2J\u001b]0;owned\u0007", "\\x1b[2J\\x1b]0;owned\\x07")]
    [InlineData("a\nb\r\tc", "a\\nb\\r\\tc")]
    [InlineData("\u009b31m", "\\x9b31m")]
    [InlineData("\u007f\0", "\\x7f\\x00")]
    [InlineData("exe\u202ecod.txt", "exe\\u{202e}cod.txt")]
    [InlineData("\u2066a\u2069\u200f", "\\u{2066}a\\u{2069}\\u{200f}")]
    [InlineData("a\u200bb\ufeff", "a\\u{200b}b\\u{feff}")]
    [InlineData("a\u2028b", "a\\u{2028}b")]
    [InlineData("\U000e0041", "\\u{e0041}")]
    public void Hostile_text_becomes_harmless(string text, string expected) => Assert.Equal(expected, TerminalText.Escape(text));

    [Fact]
    public void Half_a_surrogate_pair_becomes_harmless() => Assert.Equal("a\\u{d800}b\\u{dc00}", TerminalText.Escape("a\ud800b\udc00"));

    [Fact]
    public void Harmless_text_is_not_copied()
    {
        var text = new string('a', 40);

        Assert.Same(text, TerminalText.Escape(text));
    }

    [Theory]
    [InlineData("abc", 5, "abc  ")]
    [InlineData("abcdef", 4, "abc…")]
    [InlineData("漢字漢字", 5, "漢字…")]
    [InlineData("漢字漢字", 6, "漢字… ")]
    [InlineData("漢字", 4, "漢字")]
    [InlineData("abc", 3, "abc")]
    public void Text_is_fitted_into_columns(string text, int width, string expected)
    {
        Assert.Equal(expected, TerminalText.Fit(text, width));
        Assert.Equal(width, TerminalText.Width(TerminalText.Fit(text, width)));
    }
}
