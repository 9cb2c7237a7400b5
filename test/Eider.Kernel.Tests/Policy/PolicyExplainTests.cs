// Explanations without an agent: the program and the tables are loaded for the question alone.

using Eider.Core;
using Eider.Core.Lists;
using Eider.Core.Policy;
using Eider.Kernel.Tests.Bpf;

namespace Eider.Kernel.Tests.Policy;

public sealed class PolicyExplainTests
{
    private const string Files = """
        apiVersion: eider.dev/v1alpha1
        kind: ClusterDnsPolicy
        metadata: {name: base}
        spec:
          subjects: [{all: true}]
          resolvers: [10.0.0.53, 10.0.0.54]
          otherPorts: judge
          redirect: "10.0.0.54:53"
          rules: [{action: pass, names: ["*.corp.example"]}]
        ---
        apiVersion: eider.dev/v1alpha1
        kind: DnsPolicy
        metadata: {name: web}
        spec:
          subjects: [{systemdUnit: nginx.service}]
          reply: {kind: refused}
          rules:
            - {action: deny, names: ["evil.example", "*.evil.example", "*.very.evil.example"]}
        ---
        apiVersion: eider.dev/v1alpha1
        kind: DnsPolicy
        metadata: {name: trial}
        spec: {subjects: [{user: "1000"}], mode: audit, default: deny}
        """;

    [KernelFact]
    public void Denial_is_explained_with_rule_place_pattern_and_answer()
    {
        Assert.Equal(
            [
                "www.VERY.evil.example A for unit=nginx.service: denied",
                "  by policy web, rules[0] (test.yaml:18:7): *.very.evil.example",
                "  answered: REFUSED, extended error 15",
                "  its queries go to 10.0.0.54:53 in place of any other server of that family",
                "  encrypted DNS (port 853) goes to its resolvers alone",
                "  queries on other ports are judged alike",
                "  aliases of denied names are denied",
                "  selected by cluster policy base (test.yaml:1:1)",
                "  selected by policy web (test.yaml:11:1)",
            ],
            Explain("unit=nginx.service", "www.VERY.evil.example").Lines);
    }

    [KernelFact]
    public void Server_that_may_not_be_asked_audit_and_silence_are_told()
    {
        var server = Explain("/other", "www.example", "192.0.2.1");
        var audit = Explain("/other,user=1000", "www.example");
        var silence = Explain("/other", "x.corp.example");

        Assert.Equal((VerdictAction.Deny, VerdictReason.Resolver, "resolvers"), (server.Action, server.Reason, server.Rule!.Rule));
        Assert.Equal((VerdictAction.Allow, VerdictAction.Deny, "trial", "default"), (audit.Action, audit.AuditAction, audit.AuditRule!.Policy.Name, audit.AuditRule.Rule));
        Assert.Contains(audit.Lines, line => line.StartsWith("  were audited policies enforced: denied by policy trial, default", StringComparison.Ordinal));
        Assert.Equal((VerdictAction.Allow, VerdictReason.Default, null), (silence.Action, silence.Reason, silence.Rule));
    }

    [KernelFact]
    public void Name_that_is_none_is_refused() =>
        Assert.Throws<ArgumentException>(() => Explain("/other", "a..b"));

    private static PolicyExplanation Explain(string subject, string name, string? server = null)
    {
        var set = PolicyFile.Parse(Files, "test.yaml", out var found) ?? throw new InvalidOperationException(string.Join('\n', found));
        Assert.True(PolicySubject.TryParse(subject, new SubjectSources(WorkloadDirectory.Empty, null), out var who, out var error), error);
        using var resource = typeof(Agent).Assembly.GetManifestResourceStream("eider.bpf.o")!;
        var elf = new byte[resource.Length];
        resource.ReadExactly(elf);
        using var explain = PolicyExplain.Load(elf, set, new PolicyExplainOptions
        {
            Lists = new ListStore("/nonexistent", TimeProvider.System),
            Secret = static () => (ulong)Random.Shared.NextInt64(),
        });
        return explain.Explain(new PolicyQuestion(who!, name, 1, server is null ? null : PolicyKernel.Address(server)));
    }
}
