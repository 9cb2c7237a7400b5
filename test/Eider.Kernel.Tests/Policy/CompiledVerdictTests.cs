// What policies come to, asked of the kernel's own program.

using Eider.Core;
using Eider.Core.Decode;
using Eider.Core.Policy;
using Eider.Kernel.Tests.Bpf;
using static Eider.Kernel.Tests.Policy.Policies;

namespace Eider.Kernel.Tests.Policy;

public sealed class CompiledVerdictTests
{
    [KernelFact]
    public void Exact_pattern_is_the_name_itself_and_a_suffix_is_everything_below_but_not_it()
    {
        using var kernel = new CompiledKernel(Namespaced("p", Deny("exact.example"), Deny("*.below.example")));

        Assert.Equal("deny p rules[0]", kernel.Verdict("exact.example"));
        Assert.Equal("allow", kernel.Verdict("a.exact.example"));
        Assert.Equal("allow", kernel.Verdict("notexact.example"));
        Assert.Equal("allow", kernel.Verdict("below.example"));
        Assert.Equal("deny p rules[1]", kernel.Verdict("a.below.example"));
        Assert.Equal("deny p rules[1]", kernel.Verdict("a.b.c.below.example"));
        Assert.Equal("allow", kernel.Verdict("xbelow.example"));
        Assert.Equal("allow", kernel.Verdict("example"));
        Assert.Equal("allow", kernel.Verdict("."));
    }

    [KernelFact]
    public void Most_specific_name_wins_whichever_way_it_decides()
    {
        using var kernel = new CompiledKernel(Namespaced("p", Deny("*.example"), Allow("*.good.example"), Deny("bad.good.example"), Allow("*.bad.good.example")));

        Assert.Equal("deny p rules[0]", kernel.Verdict("any.example"));
        Assert.Equal("deny p rules[0]", kernel.Verdict("good.example"));
        Assert.Equal("allow p rules[1]", kernel.Verdict("www.good.example"));
        Assert.Equal("deny p rules[2]", kernel.Verdict("bad.good.example"));
        Assert.Equal("allow p rules[3]", kernel.Verdict("a.b.bad.good.example"));
    }

    [KernelFact]
    public void Deny_beats_allow_at_the_same_name_in_one_policy_and_across_two()
    {
        using var kernel = new CompiledKernel(
            Namespaced("a", Allow("one.example", "*.two.example"), Deny("one.example")),
            Namespaced("b", Deny("*.two.example")));

        Assert.Equal("deny a rules[1]", kernel.Verdict("one.example"));
        Assert.Equal("deny b rules[0]", kernel.Verdict("x.two.example"));
    }

    [KernelFact]
    public void Suffix_and_exact_rules_of_one_name_do_not_mix()
    {
        using var kernel = new CompiledKernel(Namespaced("p", Allow("both.example"), Deny("*.both.example")));

        Assert.Equal("allow p rules[0]", kernel.Verdict("both.example"));
        Assert.Equal("deny p rules[1]", kernel.Verdict("x.both.example"));
    }

    [KernelFact]
    public void Types_confine_a_rule_and_leave_others_to_less_specific_ones()
    {
        using var kernel = new CompiledKernel(Namespaced(
            "p",
            Rule(PolicyAction.Deny, ["*.example"]),
            Rule(PolicyAction.Allow, ["a.example"], RecordType.A, RecordType.AAAA),
            Rule(PolicyAction.Deny, ["b.test"], RecordType.TXT),
            Rule(PolicyAction.Deny, ["b.test"], RecordType.A, RecordType.TXT)));

        Assert.Equal("allow p rules[1]", kernel.Verdict("a.example", RecordType.A));
        Assert.Equal("allow p rules[1]", kernel.Verdict("a.example", RecordType.AAAA));
        Assert.Equal("deny p rules[0]", kernel.Verdict("a.example", RecordType.MX));
        Assert.Equal("deny p rules[2]", kernel.Verdict("b.test", RecordType.TXT));
        Assert.Equal("deny p rules[3]", kernel.Verdict("b.test", RecordType.A));
        Assert.Equal("allow", kernel.Verdict("b.test", RecordType.MX));
    }

    [KernelFact]
    public void Cluster_policies_are_final_but_for_what_they_pass()
    {
        using var kernel = new CompiledKernel(
            Cluster("c", Deny("no.example"), Allow("yes.example"), Pass("pass.example", "nobody.example"), Deny("*.example")),
            Namespaced("n", Allow("no.example", "own.test"), Deny("yes.example", "pass.example", "other.test")));

        Assert.Equal("deny c rules[0]", kernel.Verdict("no.example"));
        Assert.Equal("allow c rules[1]", kernel.Verdict("yes.example"));
        Assert.Equal("deny n rules[1]", kernel.Verdict("pass.example"));
        Assert.Equal("allow", kernel.Verdict("nobody.example"));
        Assert.Equal("deny c rules[3]", kernel.Verdict("x.example"));
        Assert.Equal("allow n rules[0]", kernel.Verdict("own.test"));
        Assert.Equal("deny n rules[1]", kernel.Verdict("other.test"));
    }

    [KernelFact]
    public void Default_deny_of_any_tier_is_asked_after_both()
    {
        using var kernel = new CompiledKernel(
            Cluster("c", Pass("pass.example")) with { Default = PolicyAction.Deny },
            Namespaced("n", Allow("own.test", "*.svc.test")));

        Assert.Equal("allow n rules[0]", kernel.Verdict("own.test"));
        Assert.Equal("allow n rules[0]", kernel.Verdict("a.svc.test"));
        Assert.Equal("deny c default", kernel.Verdict("anything.else"));
        Assert.Equal("deny c default", kernel.Verdict("pass.example"));
        Assert.Equal("deny c default", kernel.Verdict("."));
        Assert.Equal(VerdictReasonOf("default"), kernel.Ask("anything.else").Reason);
    }

    [KernelFact]
    public void Policy_without_rules_and_default_deny_denies_everything()
    {
        using var kernel = new CompiledKernel(Namespaced("n") with { Default = PolicyAction.Deny });

        Assert.Equal("deny n default", kernel.Verdict("www.example"));
    }

    [KernelFact]
    public void Audit_tells_what_enforcing_would_have_done_and_does_nothing()
    {
        using var kernel = new CompiledKernel(
            Cluster("c", Allow("allowed.example")),
            Namespaced("n", Deny("both.example")),
            Namespaced("trial", Deny("bad.example", "allowed.example"), Allow("both.example")) with { Mode = PolicyMode.Audit, Default = PolicyAction.Deny });

        Assert.Equal(("allow", "deny trial rules[0]"), (kernel.Verdict("bad.example"), kernel.Audit("bad.example")));
        Assert.Equal(("allow", "deny trial default"), (kernel.Verdict("unheard.of"), kernel.Audit("unheard.of")));
        Assert.Equal(("allow c rules[0]", "allow c rules[0]"), (kernel.Verdict("allowed.example"), kernel.Audit("allowed.example")));
        Assert.Equal(("deny n rules[0]", "deny n rules[0]"), (kernel.Verdict("both.example"), kernel.Audit("both.example")));
    }

    [KernelFact]
    public void Nothing_audited_says_nothing()
    {
        using var kernel = new CompiledKernel(Namespaced("n", Deny("bad.example")));

        Assert.Equal("nothing", kernel.Audit("bad.example"));
    }

    [KernelFact]
    public void Case_is_no_way_around()
    {
        using var kernel = new CompiledKernel(Namespaced("p", Deny("*.evil-name_1.example")));

        Assert.Equal("deny p rules[0]", kernel.Verdict("wWw.eViL-NaMe_1.ExAmPlE"));
        Assert.Equal("allow", kernel.Verdict("www.evil-name\u007f1.example"));
        Assert.Equal("allow", kernel.Verdict("www.EVIL\rNAME_1.example"));
    }

    [KernelFact]
    public void Longest_names_are_judged_whole()
    {
        var manyLabels = string.Join('.', Enumerable.Repeat("a", 120)) + ".example";
        var longLabels = $"{new string('a', 63)}.{new string('b', 63)}.{new string('c', 63)}.{new string('d', 53)}.example";
        using var kernel = new CompiledKernel(Namespaced("p", Deny("*.example"), Allow(manyLabels[2..])));

        Assert.Equal(253, longLabels.Length);
        Assert.Equal("deny p rules[0]", kernel.Verdict(longLabels));
        Assert.Equal("deny p rules[0]", kernel.Verdict(manyLabels));
        Assert.Equal("allow p rules[1]", kernel.Verdict(manyLabels[2..]));
        Assert.Equal("deny p rules[0]", kernel.Verdict(string.Join('.', Enumerable.Repeat("a", 119).Append("bcdefg").Append("example"))));
        using var root = new CompiledKernel(Namespaced("p", Deny("*.a")));
        Assert.Equal("deny p rules[0]", root.Verdict(string.Join('.', Enumerable.Repeat("a", 127))));
    }

    private static byte VerdictReasonOf(string part) => (byte)(part == "default" ? Core.VerdictReason.Default : Core.VerdictReason.Name);

    [KernelFact]
    public void Rule_for_types_alone_speaks_of_every_name_that_no_rule_names()
    {
        const ushort Txt = 16, Any = 255;
        using var kernel = new CompiledKernel(Namespaced("p", Typed(PolicyAction.Deny, Txt, Any), Allow("*.good.example"), Rule(PolicyAction.Deny, ["a.good.example"], 1)));

        Assert.Equal("deny p rules[0]", kernel.Verdict("www.example", Txt));
        Assert.Equal("deny p rules[0]", kernel.Verdict("a.b.c.d.e.f.g.h.i.j.k.example", Any));
        Assert.Equal("deny p rules[0]", kernel.Verdict(".", Txt));
        Assert.Equal("allow", kernel.Verdict("www.example"));
        Assert.Equal("allow p rules[1]", kernel.Verdict("www.good.example", Txt));
        Assert.Equal("deny p rules[2]", kernel.Verdict("a.good.example"));
        Assert.Equal("allow p rules[1]", kernel.Verdict("a.good.example", Txt));
        Assert.Equal((byte)VerdictReason.Name, kernel.Ask("www.example", Txt).Reason);
    }

    [KernelFact]
    public void Rules_for_types_alone_of_several_policies_and_tiers_decide_as_those_for_names()
    {
        const ushort Txt = 16, Any = 255, Https = 65;
        using var kernel = new CompiledKernel(
            Cluster("c", Typed(PolicyAction.Deny, Any), Typed(PolicyAction.Pass, Https)),
            Namespaced("a", Typed(PolicyAction.Allow, Txt, Any, Https)) with { Default = PolicyAction.Deny },
            Namespaced("b", Typed(PolicyAction.Deny, Https)),
            Namespaced("t", Typed(PolicyAction.Deny, 1)) with { Mode = PolicyMode.Audit });

        Assert.Equal("deny c rules[0]", kernel.Verdict("www.example", Any));
        Assert.Equal("deny b rules[0]", kernel.Verdict("www.example", Https));
        Assert.Equal("allow a rules[0]", kernel.Verdict("www.example", Txt));
        Assert.Equal("deny a default", kernel.Verdict("www.example"));
        Assert.Equal("deny t rules[0]", kernel.Audit("www.example"));
    }
}
