// "Did you mean": near words are found, far ones are left alone.

using Eider.Core.Config;
using Xunit;

namespace Eider.Tests.Config;

public sealed class SuggestionTests
{
    private static readonly string[] Actions = ["allow", "block", "deny", "pass", "maxAge"];

    [Theory]
    [InlineData("blok", "block")]
    [InlineData("dney", "deny")]
    [InlineData("Allow", "allow")]
    [InlineData("MAX_AGE", "maxAge")]
    [InlineData("max-age", "maxAge")]
    [InlineData("a", null)]
    [InlineData("", null)]
    [InlineData("redirect", null)]
    public void Word_is_given_its_nearest_candidate(string word, string? expected) =>
        Assert.Equal(expected, Suggestion.Nearest(word, Actions));

    [Fact]
    public void Nearer_candidate_wins_over_earlier() =>
        Assert.Equal("block", Suggestion.Nearest("blocj", ["blockx", "block"]));

    [Fact]
    public void Endless_word_has_no_suggestion() =>
        Assert.Null(Suggestion.Nearest(new string('a', 65), [new string('a', 65)]));

    [Fact]
    public void Phrase_is_empty_without_a_near_candidate() =>
        Assert.Equal(("; did you mean \"deny\"?", ""), (Suggestion.Phrase("denny", Actions), Suggestion.Phrase("zzz", Actions)));
}
