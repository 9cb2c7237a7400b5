// eider policy validate: every mistake and every doubt about policy files, with its place.

using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using Eider.Core.Lists;
using Eider.Core.Policy;
using Eider.Output;

namespace Eider.Cli;

internal static class PolicyValidateVerb
{
    public static Verb Create()
    {
        var paths = new Argument<string[]>("PATH") { Description = "policy file, or folder of them", Arity = ArgumentArity.OneOrMore };
        var workloads = new Option<string?>("--workloads") { Description = "file that tells of pods, so that policies that select none are told", HelpName = "FILE" };
        var format = new FormatOption("text (default) or json", "text", "json");
        var verb = new Verb(
            "validate",
            "Report every mistake and every doubt in policy files, with line and column. Needs no privileges.",
            ("eider policy validate policies/", "exit code 0: they can be put in force; 4: they cannot"),
            ("eider policy validate -o json web.yaml | jq '.diagnostics[].what'", "for another program"));
        verb.Add(paths);
        verb.Add(workloads);
        format.AddTo(verb);
        verb.SetAction(parsed =>
        {
            var diagnostics = new List<PolicyDiagnostic>();
            var policies = Read(parsed.GetValue(paths)!, parsed.GetValue(workloads), diagnostics);
            using var output = StandardOutput.OpenText();
            if (format.Word(parsed) == "json")
            {
                WriteJson(output.BaseStream, policies, diagnostics);
            }
            else
            {
                Write(output, policies, diagnostics, Style.ForStandardOutput);
            }

            return policies is null ? ExitCode.BadInput : ExitCode.Ok;
        });
        return verb;
    }

    /// <returns>Null where something is an error.</returns>
    private static PolicySet? Read(string[] paths, string? workloads, List<PolicyDiagnostic> diagnostics)
    {
        WorkloadDirectory? directory = null;
        if (workloads is not null)
        {
            directory = WorkloadFile.Load(workloads, out var ofPods);
            diagnostics.AddRange(ofPods);
        }

        var policies = PolicyFile.Load(paths, out var ofPolicies, directory);
        diagnostics.AddRange(ofPolicies);
        if (policies is not null)
        {
            diagnostics.AddRange(ListedAllowances.Find(policies, new ListStore(ListStore.DefaultFolder, TimeProvider.System)));
        }

        return workloads is not null && directory is null ? null : policies;
    }

    private static void Write(TextWriter output, PolicySet? policies, List<PolicyDiagnostic> diagnostics, Style style)
    {
        foreach (var diagnostic in diagnostics)
        {
            var isError = diagnostic.Severity == PolicySeverity.Error;
            var word = isError ? style.Red("error") : style.Yellow("warning");
            output.WriteLine($"{TerminalText.Escape(diagnostic.Place.ToString())}: {word}: {TerminalText.Escape(diagnostic.What)}{(diagnostic.Mend is { } mend ? $"; {TerminalText.Escape(mend)}" : "")}");
        }

        var errors = diagnostics.Count(static diagnostic => diagnostic.Severity == PolicySeverity.Error);
        var doubts = diagnostics.Count - errors == 0 ? "" : $", {Counted(diagnostics.Count - errors, "warning")}";
        output.WriteLine(policies is null
            ? style.Red($"{Counted(errors, "error")}{doubts}")
            : style.Green($"right: {Counted(policies.Policies.Count, "policy", "policies")}, {Counted(policies.Lists.Count, "list")}{doubts}"));
    }

    private static string Counted(int count, string one, string? many = null) =>
        string.Create(CultureInfo.InvariantCulture, $"{count:n0} {(count == 1 ? one : many ?? one + "s")}");

    private static void WriteJson(Stream output, PolicySet? policies, List<PolicyDiagnostic> diagnostics)
    {
        using (var json = new Utf8JsonWriter(output, JsonText.Indented))
        {
            json.WriteStartObject();
            json.WriteBoolean("valid"u8, policies is not null);
            json.WriteNumber("policies"u8, policies?.Policies.Count ?? 0);
            json.WriteNumber("lists"u8, policies?.Lists.Count ?? 0);
            json.WriteStartArray("diagnostics"u8);
            foreach (var diagnostic in diagnostics)
            {
                WriteJson(json, diagnostic);
            }

            json.WriteEndArray();
            json.WriteEndObject();
        }

        output.Write("\n"u8);
    }

    private static void WriteJson(Utf8JsonWriter json, PolicyDiagnostic diagnostic)
    {
        json.WriteStartObject();
        json.WriteString("severity"u8, diagnostic.Severity == PolicySeverity.Error ? "error"u8 : "warning"u8);
        json.WriteString("file"u8, diagnostic.Place.File);
        if (diagnostic.Place.Line > 0)
        {
            json.WriteNumber("line"u8, diagnostic.Place.Line);
            json.WriteNumber("column"u8, diagnostic.Place.Column);
        }

        json.WriteString("what"u8, diagnostic.What);
        if (diagnostic.Mend is { } mend)
        {
            json.WriteString("mend"u8, mend);
        }

        json.WriteEndObject();
    }
}
