// Responses to alerts in the kernel's own table, asked of the program that judges by it. Time is the kernel's: what is over is written as over.

using Eider.Core;
using Eider.Core.Policy;
using Eider.Core.Respond;
using Eider.Kernel.Tests.Bpf;
using static Eider.Kernel.Tests.Policy.Policies;

namespace Eider.Kernel.Tests.Policy;

public sealed class CompiledResponseTests
{
    private const uint Workload = 42;
    private const ulong Hour = 3_600_000_000_000;

    private static readonly RespondRule Deny = new() { To = ["dns.answer.protected"], Action = ResponseAction.DenyName, For = TimeSpan.FromHours(1) };

    [KernelFact]
    public void Name_is_denied_to_its_workload_alone_in_any_case_and_without_what_is_below_or_above()
    {
        using var kernel = new CompiledKernel(Responding());
        kernel.Put(DenyName("login.example"));

        Assert.Equal("deny p respond", kernel.VerdictOf(Workload, "login.example"));
        Assert.Equal("deny p respond", kernel.VerdictOf(Workload, "LoGiN.eXaMpLe"));
        Assert.All(["x.login.example", "example", "login.exampl", "ogin.example", "login.examplf"], name => Assert.Equal("allow", kernel.VerdictOf(Workload, name)));
        Assert.Equal("allow", kernel.VerdictOf(Workload + 1, "login.example"));
        Assert.Equal("allow", kernel.VerdictOf(0, "login.example"));
        var verdict = kernel.AskAs(Workload, "login.example");
        Assert.Equal(((byte)VerdictReason.Response, (byte)ReplyKind.Nxdomain, (ushort)15), (verdict.Reason, kernel.RuleOf(verdict).Reply, kernel.RuleOf(verdict).ExtendedError));
    }

    [KernelFact]
    public void Names_of_every_length_are_told_apart()
    {
        using var kernel = new CompiledKernel(Responding());
        string[] names = [.. Enumerable.Range(1, 63).Select(length => $"{new string('a', length)}.example"), string.Join('.', Enumerable.Repeat("ab", 84)), string.Join('.', Enumerable.Repeat("q", 126)), "b"];
        foreach (var name in names.Where((_, at) => at % 2 == 0))
        {
            kernel.Put(DenyName(name));
        }

        Assert.All(names.Select((name, at) => (name, at)), each => Assert.Equal(each.at % 2 == 0 ? "deny p respond" : "allow", kernel.VerdictOf(Workload, each.name)));
    }

    [KernelFact]
    public void What_is_over_by_the_kernels_clock_is_over_whoever_forgets_it()
    {
        using var kernel = new CompiledKernel(Responding());
        kernel.Put(DenyName("kept.example"));
        kernel.Put(DenyName("over.example") with { UntilNs = CompiledKernel.NowNs() - 1 });
        kernel.Put(Quarantine("10.0.0.53") with { UntilNs = CompiledKernel.NowNs() - 1 });

        Assert.Equal("allow", kernel.VerdictOf(Workload, "over.example"));
        Assert.Equal("deny p respond", kernel.VerdictOf(Workload, "kept.example"));
    }

    [KernelFact]
    public void Removed_response_holds_no_longer()
    {
        using var kernel = new CompiledKernel(Responding());
        kernel.Put(DenyName("a.example"));
        kernel.Put(DenyName("b.example"));

        kernel.Remove(DenyName("a.example"), DenyName("b.example"));

        Assert.Equal(("allow", "deny p respond"), (kernel.VerdictOf(Workload, "a.example"), kernel.VerdictOf(Workload, "b.example")));
    }

    [KernelFact]
    public void What_a_rule_allows_by_name_no_response_takes_away_and_what_one_denies_stays_its()
    {
        using var kernel = new CompiledKernel(Responding(Allow("login.example"), Policies.Deny("*.bad.example")));
        kernel.Put(DenyName("login.example"));
        kernel.Put(DenyName("x.bad.example"));
        kernel.Put(DenyName("other.example"));

        Assert.StartsWith("allow", kernel.VerdictOf(Workload, "login.example"), StringComparison.Ordinal);
        Assert.Equal("deny p rules[1]", kernel.VerdictOf(Workload, "x.bad.example"));
        Assert.Equal("deny p respond", kernel.VerdictOf(Workload, "other.example"));
    }

    [KernelFact]
    public void Workload_whose_policies_do_not_respond_is_left_alone()
    {
        using var silent = new CompiledKernel(Namespaced("p", Policies.Deny("bad.example")));
        using var dry = new CompiledKernel(Namespaced("p") with { Respond = [Deny with { Mode = RespondMode.DryRun }] });
        using var audited = new CompiledKernel(Responding() with { Mode = PolicyMode.Audit });
        foreach (var kernel in (CompiledKernel[])[silent, dry, audited])
        {
            kernel.Put(DenyName("login.example"));
            Assert.Equal("allow", kernel.VerdictOf(Workload, "login.example"));
        }
    }

    [KernelFact]
    public void Quarantined_workload_may_ask_its_resolver_and_no_other_whatever_the_policy_lists()
    {
        using var kernel = new CompiledKernel(Responding() with { Resolvers = [PolicyKernel.Address("10.0.0.1")] });
        Assert.Equal("deny p resolvers", kernel.VerdictOf(Workload, "www.example", "10.0.0.53"));

        kernel.Put(Quarantine("10.0.0.53", "2001:db8::53"));

        Assert.Equal("allow", kernel.VerdictOf(Workload, "www.example", "10.0.0.53"));
        Assert.Equal("allow", kernel.VerdictOf(Workload, "www.example", "2001:db8::53"));
        Assert.All(["10.0.0.1", "10.0.0.54", "2001:db8::54", "::10.0.0.53"], server => Assert.Equal("deny p respond", kernel.VerdictOf(Workload, "www.example", server)));
        Assert.Equal("allow", kernel.VerdictOf(Workload + 1, "www.example", "10.0.0.1"));
        var verdict = kernel.AskAs(Workload, "www.example", "10.0.0.1");
        Assert.Equal(((byte)VerdictReason.Quarantine, (byte)ReplyKind.Refused, (ushort)18), (verdict.Reason, kernel.RuleOf(verdict).Reply, kernel.RuleOf(verdict).ExtendedError));
    }

    [KernelFact]
    public void Quarantine_of_one_family_leaves_the_other_nowhere_to_go()
    {
        using var kernel = new CompiledKernel(Responding());
        kernel.Put(Quarantine("10.0.0.53"));

        Assert.Equal("deny p respond", kernel.VerdictOf(Workload, "www.example", "::"));
        Assert.Equal("deny p respond", kernel.VerdictOf(Workload, "www.example", "2001:db8::53"));
    }

    [KernelFact]
    public void Next_agent_finds_everything_that_is_in_force_and_removes_the_rest()
    {
        using var kernel = new CompiledKernel(Responding());
        ActiveResponse[] left = [DenyName("login.example"), Quarantine("10.0.0.53", "2001:db8::53")];
        foreach (var response in left)
        {
            kernel.Put(response);
        }

        kernel.Put(DenyName("over.example") with { UntilNs = 1 });

        var found = kernel.Adopt();

        Assert.Equal(left.Select(Plain).OrderBy(text => text), found.Select(Plain).OrderBy(text => text));
        Assert.Equal(2, kernel.Adopt().Count);
    }

    private static string Plain(ActiveResponse response) =>
        $"{response with { Identity = Identity.Unknown }} {response.CgroupId}";

    private static DnsPolicy Responding(params PolicyRule[] rules) => Namespaced("p", rules) with { Respond = [Deny] };

    private static ActiveResponse DenyName(string name) => Response(new ResponseTarget(Workload, ResponseAction.DenyName, WireOf(name)));

    private static ActiveResponse Quarantine(string v4, string? v6 = null) => Response(new ResponseTarget(Workload, ResponseAction.Quarantine, "")) with
    {
        Id = "0000000q",
        Resolver = new Redirect(new Endpoint(PolicyKernel.Address(v4), 53), v6 is null ? null : new Endpoint(PolicyKernel.Address(v6), 5353)),
    };

    private static string WireOf(string name) => string.Concat(name.Split('.').Select(label => $"{(char)label.Length}{label}")) + "\0";

    private static ActiveResponse Response(ResponseTarget target) => new()
    {
        Target = target, Id = "0k3x81yq", IsDryRun = false, CgroupId = (1ul << 32) | Workload, Workload = "shop/web-0", Identity = Identity.Unknown, Policy = "shop/guard", Rule = 3,
        Detection = "dns.answer.protected", AlertId = "k3x81yq2", SinceNs = 5, UntilNs = CompiledKernel.NowNs() / Hour * Hour + (2 * Hour),
    };
}
