// A policy that judges every answer, beside a domain list.

using Eider.Lab;

namespace Eider.Bench;

internal static class GuardPolicy
{
    /// <returns>The policy's path.</returns>
    public static string Write(Eider.Lab.Lab lab, Workload workload)
    {
        var path = lab.PathOf("guard.yaml");
        File.WriteAllText(path, $$"""
            apiVersion: eider.dev/v1alpha1
            kind: DnsPolicy
            metadata: {name: guard}
            spec:
              subjects: [{podUid: {{workload.Uid}} }]
              answers: {forged: drop, rebinding: deny, aliases: deny}
              rules: [{action: deny, names: ["*.tracker.example"]}]

            """);
        return path;
    }

    /// <summary>Drops what is forged, and holds back what is suspicious.</summary>
    /// <returns>The policy's path.</returns>
    public static string WriteHolding(Eider.Lab.Lab lab, params IEnumerable<Workload> workloads)
    {
        var path = lab.PathOf("holding.yaml");
        File.WriteAllText(path, $$"""
            apiVersion: eider.dev/v1alpha1
            kind: DnsPolicy
            metadata: {name: holding}
            spec:
              subjects: [{{string.Join(", ", workloads.Select(workload => $"{{podUid: {workload.Uid}}}"))}}]
              answers: {forged: drop, rebinding: deny, holdOn: on}

            """);
        return path;
    }
}
