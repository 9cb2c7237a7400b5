// Name patterns: what is taken, in which form, and what is said of everything else.

using Eider.Core.Policy;
using Xunit;
using static Eider.Tests.Policy.Language.Reading;

namespace Eider.Tests.Policy.Language;

public sealed class NamePatternTests
{
    [Theory]
    [InlineData("example.com", "example.com")]
    [InlineData("*.example.com", "*.example.com")]
    [InlineData("EXAMPLE.Com.", "example.com")]
    [InlineData("*.COM", "*.com")]
    [InlineData("localhost", "localhost")]
    [InlineData("_dmarc.example", "_dmarc.example")]
    [InlineData("-a.b-.example", "-a.b-.example")]
    [InlineData("1.2", "1.2")]
    [InlineData("bücher.example", "xn--bcher-kva.example")]
    [InlineData("*.BÜCHER.example", "*.xn--bcher-kva.example")]
    [InlineData("straße.example", "xn--strae-oqa.example")]
    [InlineData("例え。example", "xn--r8jz45g.example")]
    [InlineData("💩.la", "xn--ls8h.la")]
    [InlineData("☕\ufe0f.example", "xn--53h.example")]
    [InlineData("XN--BCHER-KVA.example", "xn--bcher-kva.example")]
    public void Pattern_is_read_as_lower_case_A_labels(string written, string pattern) =>
        Assert.Equal(pattern, Assert.Single(Assert.Single(OnlyPolicy(Rule(written)).Rules).Names).ToString());

    [Theory]
    [InlineData("foo*.example.com", "\"*\" stands only in front, as a whole label; did you mean \"*.example.com\"?")]
    [InlineData("*example.com", "\"*\" stands only in front, as a whole label; did you mean \"*.example.com\"?")]
    [InlineData("**.x.example", "\"*\" stands only in front, as a whole label; did you mean \"*.x.example\"?")]
    [InlineData("*.*.example.com", "\"*\" stands only in front, as a whole label; did you mean \"*.example.com\"?")]
    [InlineData("a.*.example.com", "\"*\" stands only in front, as a whole label; did you mean \"*.example.com\"?")]
    [InlineData("foo.*", "\"*\" stands only in front, as a whole label; a name is exact (example.com) or everything below one (*.example.com)")]
    [InlineData(".example.com", "it begins with a dot; did you mean \"*.example.com\"?")]
    [InlineData("*", "it would match everything; a name is exact (example.com) or everything below one (*.example.com); for all other names there is \"default\", and a rule for types alone has no names")]
    [InlineData(".", "it would match everything; a name is exact (example.com) or everything below one (*.example.com); for all other names there is \"default\", and a rule for types alone has no names")]
    [InlineData("", "it is empty; a name is exact (example.com) or everything below one (*.example.com); for all other names there is \"default\", and a rule for types alone has no names")]
    [InlineData("https://evil.example/path", "it is a location, and rules go by the name of the host; did you mean \"evil.example\"?")]
    [InlineData("http://user@evil.example:80/", "it is a location, and rules go by the name of the host; did you mean \"evil.example\"?")]
    [InlineData("example.com:53", "it is a location, and rules go by the name of the host; did you mean \"example.com\"?")]
    [InlineData("||evil.example^", "it is a filter of an ad blocker; did you mean \"evil.example\"?")]
    [InlineData("@@||evil.example^", "it is a filter of an ad blocker; did you mean \"evil.example\"?")]
    [InlineData("/evil.*/", "regular expressions are not taken; a name is exact (example.com) or everything below one (*.example.com)")]
    [InlineData("192.0.2.1", "it is an address, and rules go by the name that is asked for; the servers that may be asked are in \"resolvers\"")]
    [InlineData("2001:db8::1", "it is an address, and rules go by the name that is asked for; the servers that may be asked are in \"resolvers\"")]
    [InlineData("a..b", "a label between two dots is empty")]
    [InlineData("foo bar.com", "\" \" is no character of a name")]
    [InlineData("foo!bar.com", "\"!\" is no character of a name")]
    [InlineData(@"a\046b.example", "octets written as \\DDD are not taken; names here are made of letters, digits, \"-\" and \"_\"")]
    [InlineData("bu\u0308cher.example", "\"bu\u0308cher\" has no A-label, since the character U+0308 is a variant, a joiner or a combining form; only plain, composed letters (NFC) are taken; write its A-label (xn--…) where no other spelling is meant")]
    [InlineData("ｅxample.com", "\"ｅxample\" has no A-label, since the character U+FF45 is a variant, a joiner or a combining form; only plain, composed letters (NFC) are taken; write its A-label (xn--…) where no other spelling is meant")]
    public void Anything_else_is_refused_with_what_was_meant(string written, string said) =>
        Assert.Equal($"6:34: \"{written}\" is no name: {said}", Assert.Single(Errors(Rule(written))));

    [Theory]
    [InlineData(63, true)]
    [InlineData(64, false)]
    public void Label_has_at_most_63_octets(int length, bool isTaken) => AssertTaken(isTaken, new string('a', length) + ".example", "and a label has at most 63");

    [Theory]
    [InlineData(253, true)]
    [InlineData(254, false)]
    public void Name_has_at_most_253_octets(int length, bool isTaken) =>
        AssertTaken(isTaken, string.Concat(Enumerable.Repeat("abcdefg.", 32))[..(length - 1)] + "x", "and a name has at most 253");

    [Fact]
    public void Label_whose_A_label_is_too_long_is_refused() => AssertTaken(false, new string('ü', 60) + ".example", "its A-label would be longer than 63 octets");

    [Fact]
    public void Label_that_no_text_has_is_told() =>
        Assert.Equal([$"{Name}:6:34: warning: no name has the A-label \"xn--999999999\"; only queries that are malformed in the same way match"], Warnings(Rule("xn--999999999.example")));

    [Theory]
    [InlineData('@')]
    [InlineData('|')]
    [InlineData('*')]
    [InlineData('.')]
    [InlineData('/')]
    [InlineData(':')]
    [InlineData('ü')]
    public void Endless_pattern_is_refused_not_suffered(char character)
    {
        foreach (var length in new[] { 1000, 300_000 })
        {
            Assert.Single(Errors(Rule(new string(character, length))));
        }
    }

    [Fact]
    public void Pattern_reads_back_to_itself()
    {
        var pattern = Assert.Single(OnlyPolicy(Rule("*.BÜCHER.example.")).Rules[0].Names);
        Assert.Equal(pattern, Assert.Single(OnlyPolicy(Rule(pattern.ToString())).Rules[0].Names));
    }

    private static void AssertTaken(bool isTaken, string name, string said)
    {
        if (isTaken)
        {
            Assert.Equal(name, OnlyPolicy(Rule(name)).Rules[0].Names[0].Name);
        }
        else
        {
            Assert.Contains(said, Assert.Single(Errors(Rule(name))), StringComparison.Ordinal);
        }
    }

    private static string Rule(string name) => Spec($"rules: [{{action: deny, names: ['{name}']}}]");
}
