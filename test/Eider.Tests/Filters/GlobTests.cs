using System.Text.RegularExpressions;
using Eider.Core.Filters;
using FsCheck;
using FsCheck.Fluent;
using Xunit;

namespace Eider.Tests.Filters;

public sealed class GlobTests
{
    [Fact]
    public void Glob_agrees_with_the_regular_expression_it_stands_for()
    {
        var text = Gen.Elements('a', 'b', '.').ArrayOf().Select(chars => new string(chars));
        var pattern = Gen.Elements('a', 'b', '.', '*', '?').ArrayOf().Select(chars => new string(chars));

        Check.QuickThrowOnFailure(Prop.ForAll(text.ToArbitrary(), pattern.ToArbitrary(), (candidate, glob) =>
            new Glob(glob, ignoreCase: false).Matches(candidate)
            == Regex.IsMatch(candidate, "^" + Regex.Escape(glob).Replace("\\*", ".*").Replace("\\?", ".") + "$")));
    }

    [Fact]
    public void Case_is_ignored_only_where_asked()
    {
        Assert.True(new Glob("*.EXAMPLE.com", ignoreCase: true).Matches("a.example.COM"));
        Assert.False(new Glob("*.EXAMPLE.com", ignoreCase: false).Matches("a.example.com"));
        Assert.True(new Glob("WWW", ignoreCase: true).Matches("www"));
    }
}
