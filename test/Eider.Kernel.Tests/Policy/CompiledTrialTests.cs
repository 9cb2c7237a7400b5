// What audited policies would do besides judging names, asked of the kernel's own program.

using Eider.Core;
using Eider.Core.Policy;
using Eider.Kernel.Tests.Bpf;
using static Eider.Kernel.Tests.Policy.Policies;

namespace Eider.Kernel.Tests.Policy;

public sealed class CompiledTrialTests
{
    [KernelFact]
    public void Audited_resolvers_deny_nothing_and_tell_whom_they_would()
    {
        using var kernel = new CompiledKernel(Trial("trial") with { Resolvers = Addresses("10.0.0.1", "2001:db8::1") });

        Assert.Equal(("allow", "deny trial resolvers"), (kernel.Verdict("www.example", server: "10.0.0.2"), kernel.Audit("www.example", server: "10.0.0.2")));
        Assert.Equal("nothing", kernel.Audit("www.example", server: "10.0.0.1"));
        Assert.Equal("nothing", kernel.Audit("www.example", server: "2001:db8::1"));
        Assert.Empty(kernel.Diagnostics);
    }

    [KernelFact]
    public void Audited_resolvers_come_to_those_that_are_enforced()
    {
        using var kernel = new CompiledKernel(Namespaced("held") with { Resolvers = Addresses("10.0.0.1", "10.0.0.2") }, Trial("trial") with { Resolvers = Addresses("10.0.0.2", "10.0.0.3") });

        Assert.Equal(("allow", "deny trial resolvers"), (kernel.Verdict("www.example", server: "10.0.0.1"), kernel.Audit("www.example", server: "10.0.0.1")));
        Assert.Equal(("allow", "nothing"), (kernel.Verdict("www.example", server: "10.0.0.2"), kernel.Audit("www.example", server: "10.0.0.2")));
        Assert.Equal("deny held resolvers", kernel.Verdict("www.example", server: "10.0.0.3"));
    }

    [KernelFact]
    public void Audited_rate_is_counted_by_itself_and_lets_everything_pass()
    {
        using var kernel = new CompiledKernel(
            Namespaced("held") with { RateLimit = new RateLimit(0.01, 5, RatePer.Workload, Reply.Refused) },
            Trial("trial") with { RateLimit = new RateLimit(0.001, 3, RatePer.Workload, Reply.Refused) });

        var verdicts = Enumerable.Range(0, 6).Select(_ => kernel.AskCounted("www.example", cgroup: 42)).Select(verdict => (kernel.Describe(verdict), kernel.DescribeAudit(verdict))).ToArray();

        Assert.Equal(
            [.. Enumerable.Repeat(("allow", "nothing"), 3), .. Enumerable.Repeat(("allow", "deny trial rateLimit"), 2), ("deny held rateLimit", "nothing")],
            verdicts);
        Assert.Equal("nothing", kernel.DescribeAudit(kernel.AskCounted("www.example", cgroup: 43)));
    }

    [KernelFact]
    public void Rate_that_an_enforced_policy_has_stricter_is_not_tried_as_well()
    {
        using var kernel = new CompiledKernel(
            Namespaced("held") with { RateLimit = new RateLimit(0.001, 2, RatePer.Workload, Reply.Refused) },
            Trial("trial") with { RateLimit = new RateLimit(1000, 1000, RatePer.Workload, Reply.Refused) });

        Assert.Equal(0u, kernel.Posture.Tried);
    }

    [KernelFact]
    public void Audited_redirect_tells_of_every_other_server_and_lets_it_be_asked()
    {
        using var kernel = new CompiledKernel(Trial("trial") with
        {
            Redirect = new Redirect(new Endpoint(PolicyKernel.Address("10.0.0.9"), 53), null),
            Resolvers = Addresses("10.0.0.8"),
        });

        Assert.Equal(("allow", "allow trial redirect"), (kernel.Verdict("www.example", server: "10.0.0.1"), kernel.Audit("www.example", server: "10.0.0.1")));
        Assert.Equal("nothing", kernel.Audit("www.example", server: "10.0.0.9"));
        Assert.Equal("deny trial resolvers", kernel.Audit("www.example", server: "2001:db8::9"));
    }

    [KernelFact]
    public void Denied_name_stays_the_first_reason()
    {
        using var kernel = new CompiledKernel(Trial("trial", Deny("bad.example")) with { Resolvers = Addresses("10.0.0.1") });

        Assert.Equal("deny trial rules[0]", kernel.Audit("bad.example", server: "10.0.0.2"));
        Assert.Equal("deny trial resolvers", kernel.Audit("www.example", server: "10.0.0.2"));
    }

    [KernelFact]
    public void Policies_that_would_leave_no_resolver_are_a_warning_as_long_as_one_is_audited()
    {
        using var kernel = new CompiledKernel(Namespaced("a") with { Resolvers = Addresses("10.0.0.1") }, Trial("b") with { Resolvers = Addresses("10.0.0.2") });

        var told = Assert.Single(kernel.Diagnostics);
        Assert.Equal(PolicySeverity.Warning, told.Severity);
        Assert.Contains("policies a and b leave one workload no resolver", told.What, StringComparison.Ordinal);
        Assert.Equal("allow", kernel.Verdict("www.example", server: "10.0.0.1"));
        Assert.Equal("deny b resolvers", kernel.Audit("www.example", server: "10.0.0.1"));
    }

    private static DnsPolicy Trial(string name, params PolicyRule[] rules) => Namespaced(name, rules) with { Mode = PolicyMode.Audit };

    private static IpAddress[] Addresses(params string[] addresses) => [.. addresses.Select(PolicyKernel.Address)];
}
