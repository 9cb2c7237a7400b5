// Lists in policies, asked of the kernel's own program.

using Eider.Core.Policy;
using Eider.Kernel.Tests.Bpf;
using static Eider.Kernel.Tests.Policy.Policies;

namespace Eider.Kernel.Tests.Policy;

public sealed class CompiledListTests
{
    private const string Ads = "ads.example\ntracker.example\nshared.example\n";
    private const string Malware = "evil.example\nshared.example\nsub.ads.example\n";

    [KernelFact]
    public void Lists_apex_and_everything_below_it_are_denied_and_the_list_is_named()
    {
        using var kernel = new CompiledKernel([Namespaced("p", Listed(PolicyAction.Deny, "ads", "malware"))], [("ads", Ads), ("malware", Malware)]);

        Assert.Equal("deny p rules[0] ads", kernel.Verdict("ads.example"));
        Assert.Equal("deny p rules[0] ads", kernel.Verdict("a.b.ads.example"));
        Assert.Equal("deny p rules[0] malware", kernel.Verdict("sub.ads.example"));
        Assert.Equal("deny p rules[0] ads", kernel.Verdict("shared.example"));
        Assert.Equal("allow", kernel.Verdict("example"));
    }

    [KernelFact]
    public void Lists_and_own_names_are_equal()
    {
        using var kernel = new CompiledKernel(
            [Namespaced("p", Listed(PolicyAction.Deny, "ads"), Allow("ads.example", "*.good.tracker.example"))], [("ads", Ads)]);

        Assert.Equal("deny p rules[0] ads", kernel.Verdict("ads.example"));
        Assert.Equal("deny p rules[0] ads", kernel.Verdict("x.tracker.example"));
        Assert.Equal("allow p rules[1]", kernel.Verdict("x.good.tracker.example"));
    }

    [KernelFact]
    public void Lists_that_no_rule_names_are_not_opened()
    {
        using var kernel = new CompiledKernel([Namespaced("p", Deny("a.example"))], [("unused", "\0\0 not a list")]);

        Assert.Equal("deny p rules[0]", kernel.Verdict("a.example"));
    }

    [KernelFact]
    public void Exceptions_take_a_name_out_of_the_list_again()
    {
        const string Text = "||bad.example^\n@@||good.bad.example^\n||shared.example^\n@@||shared.example^\n||forced.example^$important\n@@||forced.example^\n";
        using var kernel = new CompiledKernel([Namespaced("p", Listed(PolicyAction.Deny, "l"))], [("l", Text)]);
        using var closed = new CompiledKernel([Namespaced("p", Listed(PolicyAction.Deny, "l")) with { Default = PolicyAction.Deny }], [("l", Text)]);
        using var cluster = new CompiledKernel([Cluster("c", Listed(PolicyAction.Deny, "l")), Namespaced("n", Deny("x.good.bad.example"))], [("l", Text)]);

        Assert.Equal("deny p rules[0] l", kernel.Verdict("x.bad.example"));
        Assert.Equal("allow p rules[0] l", kernel.Verdict("x.good.bad.example"));
        Assert.Equal("allow p rules[0] l", kernel.Verdict("shared.example"));
        Assert.Equal("deny p rules[0] l", kernel.Verdict("forced.example"));
        Assert.Equal("deny p default", closed.Verdict("x.good.bad.example"));
        Assert.Equal("deny n rules[0]", cluster.Verdict("x.good.bad.example"));
        Assert.Equal("allow", cluster.Verdict("good.bad.example"));
    }

    [KernelFact]
    public void Names_that_a_list_is_told_to_except_are_not_in_it()
    {
        using var kernel = new CompiledKernel(
            [Namespaced("p", Listed(PolicyAction.Deny, "l"))], [("l", "||bad.example^\n||forced.example^$important\n")], users: null, new NamePattern("bad.example", false), new NamePattern("fine.bad.example", true),
            new NamePattern("forced.example", false));

        Assert.Equal("allow p rules[0] l", kernel.Verdict("bad.example"));
        Assert.Equal("deny p rules[0] l", kernel.Verdict("x.bad.example"));
        Assert.Equal("allow p rules[0] l", kernel.Verdict("x.fine.bad.example"));
        Assert.Equal("allow p rules[0] l", kernel.Verdict("forced.example"));
        Assert.Equal("deny p rules[0] l", kernel.Verdict("x.forced.example"));
    }

    [KernelFact]
    public void Exception_in_one_list_does_not_hold_against_another()
    {
        using var kernel = new CompiledKernel(
            [Namespaced("p", Listed(PolicyAction.Deny, "one", "two"))], [("one", "||bad.example^\n@@||bad.example^\n"), ("two", "bad.example\n")]);

        Assert.Equal("deny p rules[0] two", kernel.Verdict("bad.example"));
    }

    [KernelFact]
    public void Allow_list_opens_a_default_deny_for_its_names()
    {
        using var kernel = new CompiledKernel([Namespaced("p", Listed(PolicyAction.Allow, "ok")) with { Default = PolicyAction.Deny }], [("ok", "good.example\n")]);

        Assert.Equal("allow p rules[0] ok", kernel.Verdict("www.good.example"));
        Assert.Equal("deny p default", kernel.Verdict("www.other.example"));
    }

    [KernelFact]
    public void Different_policies_use_different_lists_of_the_one_table()
    {
        using var kernel = new CompiledKernel(
            [Namespaced("a", Listed(PolicyAction.Deny, "ads")), Namespaced("b", Listed(PolicyAction.Allow, "malware"), Listed(PolicyAction.Deny, "ads"))],
            [("ads", Ads), ("malware", Malware)]);

        Assert.Equal("deny a rules[0] ads", kernel.Verdict("shared.example"));
        Assert.Equal("allow b rules[0] malware", kernel.Verdict("sub.ads.example"));
    }

    [KernelFact]
    public void Reply_is_the_rules_then_the_lists_then_the_policys()
    {
        const string Text = "$TTL 60\nsink.example A 192.0.2.7\nsink.example AAAA 2001:db8::7\ndrop.example CNAME rpz-drop.\n";
        using var kernel = new CompiledKernel(
            [
                Namespaced("p", Listed(PolicyAction.Deny, "l"), Deny("own.example"), Deny("refused.example") with { Reply = Reply.Refused })
                    with { Reply = new Reply(ReplyKind.Nodata) },
            ],
            [("l", Text)]);

        Assert.Equal((byte)ReplyKind.Drop, kernel.RuleOf(kernel.Ask("drop.example")).Reply);
        var sink = kernel.RuleOf(kernel.Ask("sink.example"));
        Assert.Equal(((byte)ReplyKind.Sinkhole, (byte)3, (ushort)4), (sink.Reply, sink.HasSinkhole, sink.ExtendedError));
        Assert.Equal([192, 0, 2, 7], ((ReadOnlySpan<byte>)sink.SinkholeV4).ToArray());
        Assert.Equal(7, sink.SinkholeV6[15]);
        Assert.Equal(((byte)ReplyKind.Nodata, (ushort)15), (kernel.RuleOf(kernel.Ask("own.example")).Reply, kernel.RuleOf(kernel.Ask("own.example")).ExtendedError));
        Assert.Equal((byte)ReplyKind.Refused, kernel.RuleOf(kernel.Ask("refused.example")).Reply);
    }

    [KernelFact]
    public void List_that_is_missing_is_told_with_its_place_and_nothing_is_compiled()
    {
        var fault = Assert.Throws<PolicyException>(() => PolicyCompiler.Compile(
            new PolicySet([Namespaced("p", Listed(PolicyAction.Deny, "gone"))], [List("gone")]),
            new PolicyCompilerOptions { Lists = Texts(new Dictionary<string, string>()), Memory = KernelNames.Create },
            new NameKeys(1, 3, 5)));

        Assert.Equal((PolicyFault.ListUnreadable, "test.yaml:1:1: list gone: gone: no such file; check the path"), (fault.Fault, fault.Message));
    }
}
