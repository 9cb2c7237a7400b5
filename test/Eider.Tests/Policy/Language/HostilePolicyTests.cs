// Policies that are made to hurt: each ends in a policy or in errors, within bounds.

using System.Text;
using Eider.Core.Policy;
using Xunit;
using static Eider.Tests.Policy.Language.Reading;

namespace Eider.Tests.Policy.Language;

public sealed class HostilePolicyTests
{
    [Fact]
    public void Alias_bomb_is_refused_before_it_grows() => Assert.Equal(
        "1:4: anchors (&name) are not used here; write the value out where it is needed",
        Assert.Single(Errors("a: &a [x, x, x]\nb: &b [*a, *a, *a, *a]\nc: [*b, *b, *b, *b]\n")));

    [Theory]
    [InlineData("metadata: !!binary x", "1:11: tags (!name) are not used here; leave the tag out")]
    [InlineData("kind: DnsPolicy\nkind: DomainList", "2:1: key \"kind\" is given twice; the first is on line 1")]
    [InlineData("\u0007", "1:1: control character U+0007 is not allowed in YAML")]
    [InlineData("a:\n\tb: c", "2:1: a tab indents this line; YAML indents with spaces")]
    public void Yaml_beyond_need_is_refused(string text, string expected) => Assert.Equal(expected, Errors(text)[^1]);

    [Fact]
    public void Deep_nesting_is_refused() =>
        Assert.Contains("nested deeper than 32 levels", Assert.Single(Errors("a: " + new string('[', 100_000))), StringComparison.Ordinal);

    [Theory]
    [InlineData("[")]
    [InlineData("{")]
    [InlineData("- ")]
    [InlineData("? ")]
    [InlineData("\"")]
    [InlineData("& ")]
    [InlineData("*a ")]
    [InlineData("---\n")]
    [InlineData("a: {}\n---\n")]
    [InlineData("%")]
    public void Largest_file_of_one_thing_is_refused_or_says_nothing(string thing)
    {
        var set = PolicyFile.Parse(string.Concat(Enumerable.Repeat(thing, PolicyFile.MaxBytes / thing.Length)), Name, out var diagnostics);

        Assert.True(set is null || (set.Policies.Count == 0 && set.Lists.Count == 0));
        Assert.InRange(diagnostics.Count, 1, 52);
    }

    [Fact]
    public void Too_many_values_are_refused() =>
        Assert.EndsWith(": more than 200000 values in one file", Errors(Spec("rules: [" + string.Concat(Enumerable.Repeat("a,", 200_000))))[^1], StringComparison.Ordinal);

    [Fact]
    public void Errors_of_one_file_are_bounded()
    {
        var errors = Errors(Spec("rules: [{action: deny, names: [" + string.Join(", ", Enumerable.Repeat("a..b", 5000)) + "]}]"));

        Assert.Equal(51, errors.Count);
        Assert.Equal("4950 more errors are not shown", errors[^1]);
    }

    [Fact]
    public void One_name_in_every_rule_is_told_within_bounds() =>
        Assert.Equal(51, Warnings(Spec("rules: [" + string.Join(", ", Enumerable.Repeat("{action: deny, names: [a.b]}", 4096)) + "]")).Count);

    [Fact]
    public void Errors_show_no_characters_that_steer_a_terminal()
    {
        foreach (var error in Errors(Spec("rules: [{action: \"\\e[2J\u202e\", names: [\"\\a.b\"], \"\\e[0m\": 1}]")))
        {
            Assert.DoesNotContain(error, c => char.IsControl(c) || c == '\u202e');
        }
    }

    [Fact]
    public void Any_mangling_of_a_policy_ends_in_a_policy_or_in_errors()
    {
        var random = new Random(5353);
        var original = Encoding.UTF8.GetBytes(ClusterSpec("""
            mode: audit
            reply: {kind: sinkhole, v4: 192.0.2.1, v6: "2001:db8::1"}
            rules:
              - {action: deny, names: ["*.bücher.example", a.b], types: [A, TYPE65]}
              - {action: pass, names: [b.c]}
            resolvers: [10.0.0.1, "::1"]
            redirect: {v4: "10.0.0.1:53"}
            rateLimit: {queriesPerSecond: 0.5, burst: 3, per: process, over: drop}
            """).Replace("{all: true}", "{podSelector: {matchLabels: {a: b}}}, {cgroup: \"/a/**/b*\"}, {user: 7}", StringComparison.Ordinal));
        var marks = "\0\t\n\r !\"#%&'()*,-:>?@[]`{|}~\\\u007fé<./"u8;
        for (var round = 0; round < 10_000; round++)
        {
            var bytes = original.ToArray();
            for (var change = random.Next(1, 5); change > 0; change--)
            {
                bytes[random.Next(bytes.Length)] = marks[random.Next(marks.Length)];
            }

            var set = PolicyFile.Parse(bytes.AsSpan(0, random.Next(bytes.Length + 1)), Name, out var diagnostics);
            Assert.Equal(set is null, diagnostics.Any(found => found.Severity == PolicySeverity.Error));
        }
    }
}
