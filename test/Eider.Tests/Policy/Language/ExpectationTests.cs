// Files of expectations: what they say, and that every mistake has its place.

using Eider.Core;
using Eider.Core.Policy;
using Xunit;

namespace Eider.Tests.Policy.Language;

public sealed class ExpectationTests
{
    private const string Cases = "policies: [p.yaml]\ncases:\n";

    [Fact]
    public void Case_is_read_with_its_defaults_and_its_place()
    {
        var read = PolicyExpectations.Parse("policies: [p.yaml, /abs]\nworkloads: pods.yaml\ncases:\n  - {subject: user=0, name: Bücher.example, expect: allow}\n", "dir/t.yaml", out var diagnostics)!;

        Assert.Empty(diagnostics);
        Assert.Equal(["dir/p.yaml", "/abs", "dir/pods.yaml"], [.. read.Policies, read.Workloads!]);
        var expected = Assert.Single(read.Cases);
        Assert.Equal(("user=0", "xn--bcher-kva.example", (ushort)1, null, VerdictAction.Allow, null, null), (
            expected.Subject, expected.Name, expected.Type, expected.Server, expected.Expect.Action, expected.Expect.Reply, expected.Audit));
        Assert.Equal("dir/t.yaml:4:5", expected.Place.ToString());
    }

    [Theory]
    [InlineData("deny", null)]
    [InlineData("nxdomain", ReplyKind.Nxdomain)]
    [InlineData("drop", ReplyKind.Drop)]
    [InlineData("sinkhole", ReplyKind.Sinkhole)]
    public void Reply_stands_for_a_denial(string word, ReplyKind? reply)
    {
        var read = PolicyExpectations.Parse($"{Cases}- {{subject: user=0, name: a.example, type: AAAA, server: 192.0.2.53, expect: {word}, audit: allow, rule: web default, list: ads}}", "t.yaml", out _)!;

        var expected = Assert.Single(read.Cases);
        Assert.Equal(new Expectation(word, VerdictAction.Deny, reply), expected.Expect);
        Assert.Equal(((ushort)28, "192.0.2.53", (VerdictAction?)VerdictAction.Allow, "web default", "ads"), (expected.Type, expected.Server.ToString(), expected.Audit, expected.Rule, expected.List));
    }

    [Theory]
    [InlineData("", "t.yaml: says nothing")]
    [InlineData("[]", "t.yaml:1:1: expected a file of expectations")]
    [InlineData("policies: []\ncases: []", "t.yaml:1:11: expected a list of 1 to 100 paths, found an empty list")]
    [InlineData("cases:\n- {subject: a, name: b.c, expect: deny}", "t.yaml:1:1: \"policies\" is missing")]
    [InlineData(Cases + "- {name: b.c, expect: deny}", "t.yaml:3:3: \"subject\" is missing in a case")]
    [InlineData(Cases + "- {subject: a, name: b..c, expect: deny}", "t.yaml:3:22: expected a name such as www.example.com, found \"b..c\"; names are labels")]
    [InlineData(Cases + "- {subject: a, name: '*.c', expect: deny}", "t.yaml:3:22: expected a name such as")]
    [InlineData(Cases + "- {subject: a, name: b.c, expect: block}", "did you mean \"deny\"?")]
    [InlineData(Cases + "- {subject: a, name: b.c, expect: deny, reply: drop}", "\"reply\" has no place in a case; what is answered goes to \"expect\"")]
    [InlineData(Cases + "- {subject: a, name: b.c, expect: deny, type: AAX}", "t.yaml:3:47: expected a record type such as AAAA, TYPE65 or 65, found \"AAX\"")]
    [InlineData(Cases + "- {subject: a, name: b.c, expect: deny, server: ns}", "expected the address of a server, found \"ns\"")]
    public void Mistake_is_named_at_its_place(string text, string expected)
    {
        Assert.Null(PolicyExpectations.Parse(text, "t.yaml", out var diagnostics));
        Assert.Contains(diagnostics, diagnostic => diagnostic.ToString().Contains(expected, StringComparison.Ordinal));
    }

    [Fact]
    public void File_that_is_not_there_is_one_line()
    {
        Assert.Null(PolicyExpectations.Load("/nonexistent/t.yaml", out var diagnostics));
        Assert.Equal("/nonexistent/t.yaml: no such file or folder", Assert.Single(diagnostics).ToString());
    }
}
