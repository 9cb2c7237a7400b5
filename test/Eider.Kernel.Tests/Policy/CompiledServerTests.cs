// Resolvers, redirects, rates, users and what cannot be read, asked of the kernel's own program.

using Eider.Core;
using Eider.Core.Abi;
using Eider.Core.Policy;
using Eider.Kernel.Tests.Bpf;
using static Eider.Kernel.Tests.Policy.Policies;

namespace Eider.Kernel.Tests.Policy;

public sealed class CompiledServerTests
{
    [KernelFact]
    public void Only_the_resolvers_named_may_be_asked()
    {
        using var kernel = new CompiledKernel(Namespaced("p", Deny("bad.example")) with { Resolvers = Addresses("10.0.0.53", "2001:db8::53") });

        Assert.Equal("allow", kernel.Verdict("www.example", server: "10.0.0.53"));
        Assert.Equal("allow", kernel.Verdict("www.example", server: "2001:db8::53"));
        Assert.Equal("deny p resolvers", kernel.Verdict("www.example", server: "10.0.0.54"));
        Assert.Equal("deny p rules[0]", kernel.Verdict("bad.example", server: "10.0.0.53"));
        Assert.Equal("deny p rules[0]", kernel.Verdict("bad.example", server: "10.0.0.54"));
        var denied = kernel.RuleOf(kernel.Ask("www.example", server: "10.0.0.54"));
        Assert.Equal(((byte)ReplyKind.Refused, (ushort)18), (denied.Reply, denied.ExtendedError));
    }

    [KernelFact]
    public void Several_policies_leave_the_resolvers_that_all_of_them_name_and_the_redirects_target()
    {
        using var kernel = new CompiledKernel(
            Cluster("a") with { Resolvers = Addresses("10.0.0.1", "10.0.0.2") },
            Namespaced("b") with { Resolvers = Addresses("10.0.0.2", "10.0.0.3"), Redirect = new Redirect(new Endpoint(PolicyKernel.Address("10.0.0.9"), 5353), null) });

        Assert.Equal("deny a resolvers", kernel.Verdict("www.example", server: "10.0.0.1"));
        Assert.Equal("allow", kernel.Verdict("www.example", server: "10.0.0.2"));
        Assert.Equal("deny a resolvers", kernel.Verdict("www.example", server: "10.0.0.3"));
        Assert.Equal("allow", kernel.Verdict("www.example", server: "10.0.0.9"));
        Assert.Empty(kernel.Diagnostics);
        var posture = kernel.Posture;
        Assert.Equal([10, 0, 0, 9], ((ReadOnlySpan<byte>)posture.RedirectV4).ToArray());
        Assert.Equal((5353, PostureFlags.RedirectV4), (posture.RedirectV4Port, posture.Flags & (PostureFlags.RedirectV4 | PostureFlags.RedirectV6)));
    }

    [KernelFact]
    public void Policies_that_leave_no_resolver_are_both_named()
    {
        using var kernel = new CompiledKernel(Namespaced("a") with { Resolvers = Addresses("10.0.0.1") }, Namespaced("b") with { Resolvers = Addresses("10.0.0.2") });

        Assert.Equal(PolicySeverity.Error, Assert.Single(kernel.Diagnostics).Severity);
        Assert.Contains("policies a and b leave one workload no resolver", kernel.Diagnostics[0].What, StringComparison.Ordinal);
        Assert.Equal("deny a resolvers", kernel.Verdict("www.example", server: "10.0.0.1"));
    }

    [KernelFact]
    public void Two_redirects_of_one_tier_contradict_each_other_and_of_two_tiers_the_clusters_goes_first()
    {
        Redirect To(string address) => new(new Endpoint(PolicyKernel.Address(address), 53), null);
        using var conflict = new CompiledKernel(Namespaced("a") with { Redirect = To("10.0.0.1") }, Namespaced("b") with { Redirect = To("10.0.0.2") });
        using var tiers = new CompiledKernel(Cluster("c") with { Redirect = To("10.0.0.1") }, Namespaced("b") with { Redirect = To("10.0.0.2") });
        using var agreed = new CompiledKernel(Namespaced("a") with { Redirect = To("10.0.0.1") }, Namespaced("b") with { Redirect = To("10.0.0.1") });

        Assert.Contains("policies a and b redirect the same workload to 10.0.0.1:53 and 10.0.0.2:53", Assert.Single(conflict.Diagnostics).What, StringComparison.Ordinal);
        Assert.Equal(1, conflict.Posture.RedirectV4[3]);
        Assert.Empty(tiers.Diagnostics);
        Assert.Equal(1, tiers.Posture.RedirectV4[3]);
        Assert.Empty(agreed.Diagnostics);
    }

    [KernelFact]
    public void Queries_past_the_strictest_rate_are_denied_with_its_reply()
    {
        using var kernel = new CompiledKernel(
            Namespaced("loose") with { RateLimit = new RateLimit(1000, 1000, RatePer.Workload, Reply.Refused) },
            Namespaced("strict") with { RateLimit = new RateLimit(0.01, 3, RatePer.Workload, new Reply(ReplyKind.Truncate)) });

        var verdicts = Enumerable.Range(0, 5).Select(_ => kernel.Describe(kernel.AskCounted("www.example", cgroup: 42))).ToArray();

        Assert.Equal(["allow", "allow", "allow", "deny strict rateLimit", "deny strict rateLimit"], verdicts);
        Assert.Equal("allow", kernel.Describe(kernel.AskCounted("www.example", cgroup: 43)));
        Assert.Equal((byte)ReplyKind.Truncate, kernel.RuleOf(kernel.AskCounted("www.example", cgroup: 42)).Reply);
    }

    [KernelFact]
    public void Users_of_a_workload_are_judged_by_the_policies_for_them_too()
    {
        UserSubject User(uint uid) => new(null, uid, new Place("test.yaml", 1, 1));
        DnsPolicy[] policies =
        [
            Namespaced("a", Deny("a.example")) with { Users = [User(1000), User(1001)] },
            Namespaced("b", Deny("b.example")) with { Users = [User(1001), new UserSubject("carol", null, new Place("test.yaml", 2, 1)), new UserSubject("nobody-here", null, new Place("test.yaml", 3, 1))] },
        ];
        var set = new PolicySet(policies, []);
        var compiled = PolicyCompiler.Compile(
            set,
            new PolicyCompilerOptions { Lists = Texts(new Dictionary<string, string>()), Memory = KernelNames.Create, Users = name => name == "carol" ? 1002u : null },
            new NameKeys(1, 3, 5));
        using var kernel = new PolicyKernel();
        var first = compiled.FirstPosture(compiled.Select(new Workload()));
        kernel.Apply(compiled.Tables, (KernelNames)compiled.Names);

        string Denied(uint uid) => string.Concat("ab".Where(name => kernel.Ask(first + compiled.ClassOf(uid), $"{name}.example").Action == 2));

        Assert.Equal(("", "a", "ab", "b"), (Denied(0), Denied(1000), Denied(1001), Denied(1002)));
        Assert.Equal("test.yaml:3:1: warning: this machine has no user \"nobody-here\"; name one of its users, or a uid", Assert.Single(compiled.Diagnostics).ToString());
        Assert.Equal(0u, first);
    }

    [KernelFact]
    public void What_cannot_be_read_is_denied_where_a_policy_enforces_and_only_there()
    {
        using var enforced = new CompiledKernel(Namespaced("p", Deny("bad.example")));
        using var audited = new CompiledKernel(Namespaced("p", Deny("bad.example")) with { Mode = PolicyMode.Audit });
        byte[][] hostile =
        [
            [], [0], [0, 0, 1, 0], [3, (byte)'a', (byte)'b'], [0xc0, 12, 0, 1, 0, 1], [0x40, 0, 0, 1, 0, 1], [64, .. new byte[64], 0, 0, 1, 0, 1],
            Repeated(4, [63, .. Enumerable.Repeat((byte)'a', 63)]),
            [.. Repeated(128, [1, (byte)'a'])[..255], 0, 0, 1, 0, 1],
        ];

        Assert.All(hostile, question => Assert.Equal("deny p malformed", enforced.Describe(enforced.Ask(question))));
        Assert.All(hostile, question => Assert.Equal("allow", audited.Describe(audited.Ask(question))));
        Assert.All(hostile, question => Assert.Equal("deny p malformed", audited.DescribeAudit(audited.Ask(question))));
        Assert.Equal((byte)ReplyKind.Drop, enforced.RuleOf(enforced.Ask(hostile[1])).Reply);
    }

    private static byte[] Repeated(int times, byte[] label) => [.. Enumerable.Repeat(label, times).SelectMany(octets => octets)];

    private static IpAddress[] Addresses(params string[] addresses) => [.. addresses.Select(PolicyKernel.Address)];
}
