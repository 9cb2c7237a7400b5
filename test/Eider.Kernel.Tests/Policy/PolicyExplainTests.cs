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
        ---
        apiVersion: eider.dev/v1alpha1
        kind: DnsPolicy
        metadata: {name: bank}
        spec:
          subjects: [{systemdUnit: bank.service}]
          reply: {kind: nodata}
          rules: [{action: allow, names: ["www.bank.example"]}]
          respond:
            - {to: [dns.answer.protected], action: denyName, for: 1h}
            - {to: [dns.answer.guessing, dns.answer.conflict], severity: critical, confidence: 90, action: quarantine, resolver: 192.0.2.53, for: 15m, mode: dryRun}
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

    [KernelFact]
    public void Responses_are_told_for_what_finding_they_would_be_and_which_are_in_force()
    {
        var now = DateTimeOffset.UnixEpoch.AddDays(20_000);
        var silent = Explain("unit=bank.service", "login.bank.example");
        var question = new PolicyQuestion(Subject("unit=bank.service"), "login.bank.example", 1);
        ResponseInForce[] responses = [Response("login.bank.example", now), Response("other.bank.example", now), Response(null, now) with { Resolvers = "192.0.2.53:53" }];

        var during = silent.During(question, responses, now.AddMinutes(10));
        var dry = silent.During(question, [responses[0] with { IsDryRun = true }], now);
        var allowed = Explain("unit=bank.service", "www.bank.example");

        Assert.Equal(
            [
                "  after dns.answer.protected (high or worse, confidence 75 or more) the name is denied for 1h by policy bank, respond[0]",
                "  after dns.answer.guessing or dns.answer.conflict (critical, confidence 90 or more) it could ask 192.0.2.53:53 only, for 15m by policy bank, respond[1]",
            ],
            silent.Lines.Where(line => line.Contains("after", StringComparison.Ordinal)));
        Assert.Equal((VerdictAction.Deny, VerdictReason.Response), (during.Action, during.Reason));
        Assert.Equal(["login.bank.example A for unit=bank.service: denied", "  by policy bank, respond (test.yaml:25:1)", "  answered: no data, extended error 15"], during.Lines[..3]);
        Assert.Contains("  the name is denied since 2024-10-04T00:00:00Z and until 2024-10-04T01:00:00Z, 50m 0s from now, as response 0k3x81yq by bank respond[0], because of alert 9f2k7m1c (dns.answer.protected)", during.Lines);
        Assert.Contains(during.Lines, line => line.StartsWith("  it may ask 192.0.2.53:53 only since", StringComparison.Ordinal));
        Assert.Equal(2, during.InForce.Length);
        Assert.Equal(VerdictAction.Allow, dry.Action);
        Assert.Contains(dry.Lines, line => line.StartsWith("  the name would be denied since", StringComparison.Ordinal));
        Assert.Equal(VerdictAction.Allow, allowed.During(question with { Name = "www.bank.example" }, [Response("www.bank.example", now)], now).Action);
        Assert.Contains(allowed.Lines, line => line.EndsWith("respond[0]; but not this name, which a rule allows", StringComparison.Ordinal));
    }

    private static ResponseInForce Response(string? name, DateTimeOffset now) =>
        new("0k3x81yq", IsDryRun: false, name, "", "bank", "respond[0]", "dns.answer.protected", "9f2k7m1c", now, now.AddHours(1));

    private static PolicySubject Subject(string text)
    {
        Assert.True(PolicySubject.TryParse(text, new SubjectSources(WorkloadDirectory.Empty, null), out var who, out var error), error);
        return who!;
    }

    private static PolicyExplanation Explain(string subject, string name, string? server = null)
    {
        var set = PolicyFile.Parse(Files, "test.yaml", out var found) ?? throw new InvalidOperationException(string.Join('\n', found));
        var who = Subject(subject);
        using var resource = typeof(Agent).Assembly.GetManifestResourceStream("eider.bpf.o")!;
        var elf = new byte[resource.Length];
        resource.ReadExactly(elf);
        using var explain = PolicyExplain.Load(elf, set, new PolicyExplainOptions
        {
            Lists = new ListStore("/nonexistent", TimeProvider.System),
            Secret = static () => (ulong)Random.Shared.NextInt64(),
        });
        return explain.Explain(new PolicyQuestion(who, name, 1, server is null ? null : PolicyKernel.Address(server)));
    }
}
