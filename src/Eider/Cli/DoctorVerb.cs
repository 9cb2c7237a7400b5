// eider doctor: what this kernel and these privileges allow, and how to mend what they do not.

using System.CommandLine;
using System.Text.Json;
using Eider.Bpf;
using Eider.Output;

namespace Eider.Cli;

internal static class DoctorVerb
{
    /// <summary>Probes without which `eider run` cannot start; without any other something is degraded, or nothing is yet.</summary>
    internal static readonly string[] Needed =
    [
        "libbpf", "capabilities", "lockdown", "locked memory", "kernel type information", "cgroup v2",
        "program cgroup_skb", "program cgroup_sock", "program cgroup_sock_addr", "program tp_btf", "program iter",
        "map per-CPU array", "map socket storage", "map ring buffer", "helper bpf_loop", "helper bpf_sk_storage_get in cgroup_skb", "attach to cgroup v2 root",
    ];

    public static Verb Create()
    {
        var format = new FormatOption("text (default) or json", "text", "json");
        var verb = new Verb(
            "doctor",
            "Try what Eider needs of this machine, and say what is missing and how to mend it.",
            ("eider doctor", "as root: everything is tried; otherwise what can be told without"),
            ("eider doctor -o json | jq 'map(select(.available | not))'", "what is missing, for another program"));
        format.AddTo(verb);
        verb.SetAction(parsed =>
        {
            var results = Probe();
            using var output = StandardOutput.OpenText();
            if (format.Word(parsed) == "json")
            {
                WriteJson(output.BaseStream, results);
            }
            else
            {
                Write(output, results, Style.ForStandardOutput);
            }

            return results.Any(static result => IsNeeded(result) && !result.Available) ? ExitCode.MissingPrivilege : ExitCode.Ok;
        });
        return verb;
    }

    private static IReadOnlyList<ProbeResult> Probe()
    {
        var environment = BpfProbe.Environment();
        return environment.Any(static result => result is { Name: "libbpf", Available: false }) ? environment : [.. environment, .. BpfProbe.Kernel()];
    }

    private static bool IsNeeded(ProbeResult result) => Needed.Contains(result.Name);

    private static void Write(TextWriter output, IReadOnlyList<ProbeResult> results, Style style)
    {
        var table = new TextTable("", "", "");
        foreach (var result in results)
        {
            table.Add(Word(result), result.Name, TerminalText.Escape(result.Detail));
        }

        table.Write(output, style, 0, "", (row, column, cell) => column == 0 ? Coloured(results[row], cell, style) : cell);
        output.WriteLine();
        var missing = results.Where(static result => !result.Available && IsNeeded(result)).ToList();
        WriteMends(output, style.Red("Missing: `eider run` cannot start"), missing);

        // What the same mend mends needs no second mention.
        var mends = missing.Select(static result => result.Mend).ToHashSet();
        WriteMends(output, style.Yellow("Degraded, without keeping `eider run` from starting"), results.Where(result => !result.Available && !IsNeeded(result) && !mends.Contains(result.Mend)).ToList());
        if (missing.Count == 0)
        {
            output.WriteLine(style.Green("This machine can run Eider."));
        }
    }

    /// <summary>One line for each way to mend, with everything that it mends.</summary>
    private static void WriteMends(TextWriter output, string heading, List<ProbeResult> results)
    {
        if (results.Count == 0)
        {
            return;
        }

        output.WriteLine(heading);
        foreach (var mend in results.GroupBy(static result => result.Mend ?? result.Detail))
        {
            output.WriteLine($"  {TerminalText.Escape(mend.Key)}");
            output.WriteLine($"      for {string.Join(", ", mend.Select(static result => result.Name))}");
        }

        output.WriteLine();
    }

    private static string Word(ProbeResult result) => result.Available ? "ok" : IsNeeded(result) ? "missing" : "absent";

    private static string Coloured(ProbeResult result, string cell, Style style) => result.Available ? style.Green(cell) : IsNeeded(result) ? style.Red(cell) : style.Yellow(cell);

    private static void WriteJson(Stream output, IReadOnlyList<ProbeResult> results)
    {
        using (var json = new Utf8JsonWriter(output, JsonText.Indented))
        {
            json.WriteStartArray();
            foreach (var result in results)
            {
                json.WriteStartObject();
                json.WriteString("name"u8, result.Name);
                json.WriteBoolean("available"u8, result.Available);
                json.WriteBoolean("needed"u8, IsNeeded(result));
                json.WriteString("detail"u8, result.Detail);
                if (result.Mend is { } mend)
                {
                    json.WriteString("mend"u8, mend);
                }

                json.WriteEndObject();
            }

            json.WriteEndArray();
        }

        output.Write("\n"u8);
    }
}
