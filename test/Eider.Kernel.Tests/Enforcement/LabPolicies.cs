// The policies of the lab: one for each workload, each about one thing.

using Eider.Lab;

namespace Eider.Kernel.Tests.Enforcement;

internal static class LabPolicies
{
    /// <summary>Queries at once of those that have a rate; it comes back so slowly that no test waits for it.</summary>
    public const int Burst = 5;

    private const string Clients = LabZone.Clients;

    private const string Guard = """
        answers: {forged: drop, rebinding: deny, internal: ["*.corp.example"]}
          rules: [{action: deny, names: ["*.tracker.example"]}]
        """;

    /// <summary>Makes the workloads, and writes a policy for each.</summary>
    public static void Write(Lab.Lab lab, string path)
    {
        var deny = $"rules: [{{action: deny, names: [{EnforcedLab.Denied}, \"*.{EnforcedLab.Denied}\"]}}]";
        var suspect = AddRunning(lab, "suspect");
        var beside = lab.AddPod("tried-beside");
        string[] policies =
        [
            For(suspect, deny),
            For(lab.AddHostWorkload("host"), deny),
            For(StubPod.Add(lab, "stub").Pod, deny),
            For(lab.AddPod("replies"), $$"""
                rules:
                    - {action: deny, names: ["*.nxdomain.{{Clients}}"]}
                    - {action: deny, names: ["*.nodata.{{Clients}}"], reply: {kind: nodata} }
                    - {action: deny, names: ["*.refused.{{Clients}}"], reply: {kind: refused} }
                    - {action: deny, names: ["*.sinkhole.{{Clients}}"], reply: {kind: sinkhole, v4: {{EnforcedLab.SinkholeV4}}, v6: "{{EnforcedLab.SinkholeV6}}"} }
                    - {action: deny, names: ["*.truncate.{{Clients}}"], reply: {kind: truncate} }
                    - {action: deny, names: ["*.drop.{{Clients}}"], reply: {kind: drop} }
                    - {action: deny, names: ["*.typed.{{Clients}}"], types: [AAAA]}
                """),
            For(lab.AddPod("audited"), $"mode: audit\n  {deny}"),
            For(lab.AddPod("tried"), $"mode: audit\n  otherPorts: judge\n  resolvers: [{lab.ResolverV4}, \"{lab.ResolverV6}\"]\n  {deny}"),
            For(lab.AddPod("tried-redirect"), $"mode: audit\n  redirect: {{v4: {lab.ResolverV4}}}"),
            For(lab.AddPod("tried-rate"), $"mode: audit\n  rateLimit: {{queriesPerSecond: 0.01, burst: {Burst}, per: workload}}"),
            For(lab.AddPod("tried-answers"), $"mode: audit\n  {Guard}"),
            For(lab.AddHostWorkload("tried-answers-host"), $"mode: audit\n  {Guard}"),
            For(lab.AddPod("tried-aliases"), "mode: audit\n  rules: [{action: deny, names: [\"*.tracker.example\"]}]"),
            For(lab.AddPod("tried-patient"), "mode: audit\n  answers: {holdOn: on}"),
            For(lab.AddHostWorkload("tried-patient-host"), "mode: audit\n  answers: {holdOn: on}"),
            For(beside, "answers: {rebinding: deny}\n  rules: [{action: deny, names: [\"*.other.example\"]}]"),
            For(beside, $"mode: audit\n  {Guard.Replace("*.corp.example", "*.tried-beside.example", StringComparison.Ordinal)}", "tried-beside-too"),
            For(AddRunning(lab, "pinned"), $"resolvers: [{lab.ResolverV4}, \"{lab.ResolverV6}\"]"),
            For(lab.AddPod("redirected"), $"redirect: {{v4: {lab.ResolverV4}, v6: \"{lab.ResolverV6}\"}}"),
            For(lab.AddPod("limited"), $"rateLimit: {{queriesPerSecond: 0.01, burst: {Burst}, per: workload}}"),
            For(lab.AddPod("limited-containers"), $"rateLimit: {{queriesPerSecond: 0.01, burst: {Burst}, per: workload}}"),
            For(lab.AddPod("limited-each"), $"rateLimit: {{queriesPerSecond: 0.01, burst: {Burst}, per: process}}"),
            For(lab.AddPod("guarded"), Guard),
            For(lab.AddHostWorkload("guarded-host"), Guard),
            For(lab.AddPod("guarded-ports"), $"otherPorts: judge\n  {Guard}"),
            For(lab.AddPod("patient"), "answers: {holdOn: on}"),
            For(lab.AddHostWorkload("patient-host"), "answers: {holdOn: on}"),
            For(lab.AddPod("refilled"), $"rateLimit: {{queriesPerSecond: 20, burst: {Burst}, per: workload}}"),
            For(AddRunning(lab, "ports"), $"otherPorts: judge\n  {deny}"),
            For(AddRunning(lab, "ports-pinned"), $"otherPorts: judge\n  resolvers: [{lab.ResolverV4}, \"{lab.ResolverV6}\"]"),
            For(lab.AddPod("ports-watched"), $"otherPorts: watch\n  {deny}"),
        ];
        lab.AddPod("free");
        lab.AddPod("forger");
        lab.AddResolver("stray");
        lab.AddPod("other-server");
        File.WriteAllText(path, string.Join("---\n", policies));
    }

    /// <summary>A pod with a process in it, as every pod has its sandbox's, by which its device is known.</summary>
    private static Pod AddRunning(Lab.Lab lab, string name)
    {
        var pod = lab.AddPod(name);
        lab.Own(pod.Start("sleep", "infinity"));
        return pod;
    }

    /// <summary>A policy for one workload.</summary>
    /// <param name="spec">The rest of it, indented by two.</param>
    /// <param name="name">The workload's, unless it has several.</param>
    public static string For(Workload workload, string spec, string? name = null) => $$"""
        apiVersion: eider.dev/v1alpha1
        kind: DnsPolicy
        metadata: {name: {{name ?? workload.Name}}}
        spec:
          subjects: [{podUid: {{workload.Uid}}}]
          {{spec}}

        """;
}
