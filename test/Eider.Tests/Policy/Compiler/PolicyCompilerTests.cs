// Compilation without a kernel: sizes, bounds, and what stays as it was when something does not fit.

using System.Text;
using Eider.Core;
using Eider.Core.Abi;
using Eider.Core.Lists;
using Eider.Core.Policy;
using Xunit;

namespace Eider.Tests.Policy.Compiler;

public sealed class PolicyCompilerTests
{
    private static readonly Place Somewhere = new("test.yaml", 1, 1);

    [Fact]
    public void Table_is_sized_by_different_names_not_by_entries()
    {
        var text = string.Join('\n', Enumerable.Range(0, 20_000).Select(i => $"host{i}.example"));
        var buckets = 0;

        var compiled = Compile(
            new PolicySet([Policy("p", new PolicyRule { Action = PolicyAction.Deny, Lists = ["a", "b", "c"], Place = Somewhere })], [List("a"), List("b"), List("c")]),
            _ => text, count => new PlainNames(buckets = count));

        Assert.Equal(20_000, compiled.NameCount);
        Assert.InRange(buckets, NameTable.BucketsFor(20_000), NameTable.BucketsFor(21_000));
    }

    [Fact]
    public void List_that_grows_between_the_readings_gets_a_larger_table()
    {
        var reading = 0;

        var compiled = Compile(
            new PolicySet([Policy("p", new PolicyRule { Action = PolicyAction.Deny, Lists = ["a"], Place = Somewhere })], [List("a")]),
            _ => string.Join('\n', Enumerable.Range(0, ++reading == 1 ? 1000 : 1500).Select(i => $"host{i}.example")), buckets => new PlainNames(buckets));

        Assert.Equal(1500, compiled.NameCount);
    }

    [Fact]
    public void Only_what_decides_something_becomes_a_decision()
    {
        var set = new PolicySet([Policy("a", Deny("x.example")), Policy("b", Deny("y.example", "*.z.example"))], []);
        var compiled = Compile(set, _ => "", buckets => new PlainNames(buckets));

        compiled.FirstPosture(new Selection(PolicyBits.Of(2, policy => policy == 0), default));
        Assert.Single(compiled.Tables.Decisions);
        compiled.FirstPosture(new Selection(PolicyBits.Of(2, policy => policy == 1), default));
        Assert.Equal(3, compiled.Tables.Decisions.Count);
        compiled.FirstPosture(new Selection(PolicyBits.Of(2, policy => policy == 1), default));
        Assert.Equal(3, compiled.Tables.Decisions.Count);
        Assert.Equal([(byte)1, 1, 0], compiled.Tables.DecisionKeys.Select(key => key.Exact).ToArray());
    }

    [Fact]
    public void Types_that_no_rule_tells_apart_share_a_class()
    {
        var set = new PolicySet(
            [Policy("p", Deny("a.example") with { Types = [1, 28] }, Deny("b.example") with { Types = [1, 28, 16] })], []);

        var classes = Compile(set, _ => "", buckets => new PlainNames(buckets)).Tables.TypeClasses;

        Assert.Equal(classes[1], classes[28]);
        Assert.NotEqual(classes[1], classes[16]);
        Assert.Equal(3, classes.Count);
    }

    [Fact]
    public void Too_many_type_classes_are_refused()
    {
        var rules = Enumerable.Range(1, 256).Select(type => Deny($"t{type}.example") with { Types = [(ushort)type] }).ToArray();

        var refused = Assert.Throws<PolicyException>(() => Compile(new PolicySet([Policy("p", rules)], []), _ => "", buckets => new PlainNames(buckets)));

        Assert.Equal(PolicyFault.TooMany, refused.Fault);
    }

    [Fact]
    public void Posture_that_does_not_fit_leaves_everything_as_it_was()
    {
        // One rule more than there are numbers, in a policy of its own.
        var many = Enumerable.Range(0, PolicyLimits.Rules).Select(i => Deny($"host{i}.example")).ToArray();
        var set = new PolicySet([Policy("a", Deny("small.example")), Policy("b", many)], []);
        var compiled = Compile(set, _ => "", buckets => new PlainNames(buckets));
        var small = new Selection(PolicyBits.Of(2, policy => policy == 0), default);
        var first = compiled.FirstPosture(small);
        var before = compiled.Tables.Extent;

        var refused = Assert.Throws<PolicyException>(() => compiled.FirstPosture(new Selection(PolicyBits.Of(2, policy => policy == 1), default)));

        Assert.Equal(PolicyFault.TooMany, refused.Fault);
        Assert.Equal(before, compiled.Tables.Extent);
        Assert.Equal(before.Rules, compiled.Rules.Rules.Count);
        Assert.Equal(first, compiled.FirstPosture(small));
        Assert.Equal(before.Rules, compiled.Tables.Rules.Count);
    }

    [Fact]
    public void List_that_is_not_there_yet_counts_as_empty_where_that_is_allowed_and_is_told()
    {
        var set = new PolicySet([Policy("p", new PolicyRule { Action = PolicyAction.Deny, Lists = ["a"], Place = Somewhere })], [List("a")]);

        var compiled = PolicyCompiler.Compile(set, new PolicyCompilerOptions
        {
            Lists = static (DomainListSpec list, out ListError? error) =>
            {
                error = new ListError(ListFault.NotFound, "no copy yet");
                return null;
            },
            Memory = static buckets => new PlainNames(buckets),
            MayBeEmpty = static _ => true,
        }, new NameKeys(1, 3, 5));

        Assert.Equal(0, compiled.NameCount);
        Assert.Equal("test.yaml:1:1: warning: list a counts as empty: no copy yet", Assert.Single(compiled.Diagnostics).ToString());
    }

    [Fact]
    public void Reply_becomes_the_kernels_record()
    {
        var set = new PolicySet([Policy("p", Deny("x.example") with { Reply = new Reply(ReplyKind.Nxdomain, ExtendedError: 22) }) with { RateLimit = new RateLimit(50, 100, RatePer.Process, Reply.Refused) }], []);
        var compiled = Compile(set, _ => "", buckets => new PlainNames(buckets));

        var posture = compiled.Tables.Postures[(int)compiled.FirstPosture(new Selection(PolicyBits.Of(1, static _ => true), default))];

        Assert.Equal(PostureFlags.Names | PostureFlags.RateProcess | PostureFlags.Enforce | PostureFlags.Aliases, posture.Flags);
        Assert.Equal((20_000_000UL, 2_000_000_000UL), (posture.NsPerQuery, posture.BurstNs));
        Assert.Contains(compiled.Tables.Rules, rule => rule is { Action: 2, Reply: (byte)ReplyKind.Nxdomain, ExtendedError: 22 });
        Assert.Equal((byte)ReplyKind.Refused, compiled.Tables.Rules[posture.RateRule].Reply);
    }

    [Fact]
    public void Answers_are_treated_as_the_first_enforced_policy_says_and_else_as_an_audited_one_would()
    {
        var strict = new AnswersSpec(ForgedAnswers.Drop, RebindingAnswers.Deny, AliasAnswers.Deny, HoldOn: true);
        var set = new PolicySet(
            [
                Policy("a", Deny("x.example")) with { Mode = PolicyMode.Audit, Answers = strict },
                Policy("b", Deny("y.example")) with { Answers = strict with { Forged = ForgedAnswers.Alert, HoldOn = false } },
            ],
            []);
        var compiled = Compile(set, _ => "", buckets => new PlainNames(buckets));
        PostureRecord PostureOf(Func<int, bool> selected) => compiled.Tables.Postures[(int)compiled.FirstPosture(new Selection(PolicyBits.Of(2, selected), default))];

        var (audited, both) = (PostureOf(static policy => policy == 0), PostureOf(static _ => true));

        Assert.Equal(PostureFlags.Names | PostureFlags.TryForged | PostureFlags.TryRebinding | PostureFlags.TryAliases | PostureFlags.TryHold, audited.Flags);
        Assert.NotEqual(0, audited.MalformedRule);
        Assert.Equal(PostureFlags.Names | PostureFlags.Enforce | PostureFlags.Rebinding | PostureFlags.Aliases | PostureFlags.TryForged | PostureFlags.TryAliases | PostureFlags.TryHold, both.Flags);
        Assert.Equal("b", PolicyOf(both.RebindingRule));
        Assert.Equal("a", PolicyOf(both.ForgedRule));
        Assert.NotNull(compiled.Tables.Questions);
        string PolicyOf(ushort rule) => compiled.PolicyOf(compiled.Rules.Rules[rule]!).Name;
    }

    private static PolicyRule Deny(params string[] names) => new()
    {
        Action = PolicyAction.Deny,
        Names = [.. names.Select(name => name.StartsWith("*.", StringComparison.Ordinal) ? new NamePattern(name[2..], true) : new NamePattern(name, false))],
        Place = Somewhere,
    };

    private static DnsPolicy Policy(string name, params PolicyRule[] rules) => new() { Tier = PolicyTier.Namespace, Name = name, Rules = rules, Place = Somewhere };

    private static DomainListSpec List(string name) => new() { Name = name, Source = new FileListSource(name), Place = Somewhere };

    private static CompiledPolicies Compile(PolicySet set, Func<string, string> text, NameMemoryMaker memory) => PolicyCompiler.Compile(set, new PolicyCompilerOptions
    {
        Lists = (DomainListSpec list, out ListError? error) =>
            DomainListReader.TryOpen(new MemoryStream(Encoding.UTF8.GetBytes(text(list.Name))), list.Name, list.Format, list.Match, out var reader, out error) ? reader : null,
        Memory = memory,
    }, new NameKeys(0x5851f42d4c957f2d, 0x14057b7ef767814f, 0x2545f4914f6cdd1d));
}
