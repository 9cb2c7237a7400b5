// A policy over a list of the standard size.

using Eider.Lab;

namespace Eider.Bench;

internal static class ListPolicy
{
    /// <summary>On the list, and known to the lab's resolver: that it gets no answer is the list's doing.</summary>
    public const string Listed = $"listed.{LabZone.Clients}";

    /// <summary>Denies a workload what a list of so many names holds, and one name more.</summary>
    /// <returns>The policy's path; the list is beside it.</returns>
    public static string Write(Eider.Lab.Lab lab, Workload workload, int names = SyntheticNames.Standard)
    {
        WriteList(lab.PathOf("names.txt"), "", "\n", names);
        var path = lab.PathOf("list-policy.yaml");
        File.WriteAllText(path, Of(workload, "lists: [names]") + """
            ---
            apiVersion: eider.dev/v1alpha1
            kind: DomainList
            metadata: {name: names}
            spec: {source: {file: names.txt}}

            """);
        return path;
    }

    /// <summary>Denies a workload the one name, without a list.</summary>
    /// <returns>The policy's path.</returns>
    public static string WriteWithoutList(Eider.Lab.Lab lab, Workload workload)
    {
        var path = lab.PathOf("one-name.yaml");
        File.WriteAllText(path, Of(workload, $"names: [{Listed}]"));
        return path;
    }

    public static void WriteList(string path, string before, string after, int names = SyntheticNames.Standard)
    {
        using var file = File.Create(path);
        SyntheticNames.WriteList(file, names, before, after);
        file.Write(System.Text.Encoding.ASCII.GetBytes($"{before}{Listed}{after}"));
    }

    private static string Of(Workload workload, string names) => $$"""
        apiVersion: eider.dev/v1alpha1
        kind: DnsPolicy
        metadata: {name: bench}
        spec:
          subjects: [{podUid: {{workload.Uid}} }]
          rules: [{action: deny, {{names}} }]

        """;
}
