// eider policy test: a table of queries, each with what is to become of it, put to the kernel's own program.

using System.CommandLine;
using System.Globalization;
using Eider.Core;
using Eider.Core.Config;
using Eider.Core.Decode;
using Eider.Core.Policy;
using Eider.Output;

namespace Eider.Cli;

internal static class PolicyTestVerb
{
    /// <param name="What">What was expected and what was found, or what is wrong with the case.</param>
    internal sealed record Failure(ExpectedVerdict Expected, string What);

    public static Verb Create()
    {
        var files = new Argument<string[]>("FILE") { Description = "file of expectations; docs/policy.md explains it", Arity = ArgumentArity.OneOrMore };
        var config = new ConfigOption();
        var format = new FormatOption("text (default) or json", "text", "json");
        var verb = new Verb(
            "test",
            "Compare what policies make of queries with what is expected of them. The kernel's own program judges, in tables of its own, so this needs root; nothing that is in force is touched.",
            ("eider policy test policies.test.yaml", "exit code 0: all as expected; 1: the failures are listed"),
            ("eider policy test -o json policies.test.yaml | jq '.failures[].what'", "for another program"));
        verb.Add(files);
        format.AddTo(verb);
        config.AddTo(verb);
        verb.Does(async (parsed, interruption) =>
        {
            var lists = config.Read(parsed).Config.Policy.Lists;
            var isJson = format.Word(parsed) == "json";
            await using var output = StandardOutput.OpenText();
            var cases = 0;
            var failures = new List<Failure>();
            foreach (var file in parsed.GetValue(files)!)
            {
                var expectations = PolicyExpectations.Load(file, out var mistakes) ?? throw PolicyInput.Refusal(mistakes);
                var before = failures.Count;
                await Run(expectations, lists, failures, interruption.Token);
                cases += expectations.Cases.Count;
                foreach (var failure in failures.Skip(isJson ? failures.Count : before))
                {
                    output.WriteLine($"{TerminalText.Escape(failure.Expected.Place.ToString())}: {TerminalText.Escape($"{Asked(failure.Expected)}: {failure.What}")}");
                }
            }

            if (isJson)
            {
                ExpectationJson.Write(output.BaseStream, cases, failures);
            }
            else
            {
                Summarise(output, cases, failures.Count);
            }

            return failures.Count == 0 ? ExitCode.Ok : ExitCode.Failed;
        });
        return verb;
    }

    private static void Summarise(TextWriter output, int cases, int failures)
    {
        var style = Style.ForStandardOutput;
        var summary = string.Create(CultureInfo.InvariantCulture, $"{cases:n0} cases: {cases - failures:n0} as expected, {failures:n0} not");
        output.WriteLine(failures == 0 ? style.Green(summary) : style.Red(summary));
    }

    private static string Asked(ExpectedVerdict expected) =>
        $"{expected.Subject} asks {expected.Name} {RecordType.Name(expected.Type)}{(expected.Server is { } server ? $" of {server}" : "")}";

    private static async Task Run(PolicyExpectations expectations, string lists, List<Failure> failures, CancellationToken cancellation)
    {
        using var trial = await PolicyTrial.LoadAsync("policy test", new PolicySource(expectations.Policies, expectations.Workloads, lists), cgroups: null, cancellation);
        foreach (var expected in expectations.Cases)
        {
            cancellation.ThrowIfCancellationRequested();
            var explanation = trial.Ask(expected.Subject, expected.Name, expected.Type, expected.Server, out var error);
            if ((explanation is null ? error : Difference(expected, explanation)) is { } difference)
            {
                failures.Add(new Failure(expected, difference));
            }
        }
    }

    /// <summary>Null where all is as expected; else the first thing that is not.</summary>
    private static string? Difference(ExpectedVerdict expected, PolicyExplanation found)
    {
        var reply = found.Rule?.Reply?.Kind;
        if (expected.Expect.Action != found.Action || (expected.Expect.Reply is { } wanted && wanted != reply))
        {
            return $"expected {expected.Expect.Word}, found {WordOf(found.Action, reply)} {Why(found)}";
        }

        if (expected.Rule is { } rule && (found.Rule is null || (rule != found.Rule.Policy.FullName && rule != $"{found.Rule.Policy.FullName} {found.Rule.Rule}")))
        {
            return $"expected {WordOf(found.Action, reply)} by {rule}, found it {Why(found)}";
        }

        if (expected.List is { } list && list != found.Rule?.List)
        {
            return $"expected {WordOf(found.Action, reply)} by list {list}, found it {Why(found)}";
        }

        return expected.Audit is { } audit && audit != (found.AuditAction ?? found.Action)
            ? $"expected {WordOf(audit, null)} were audited policies enforced, found {WordOf(found.AuditAction ?? found.Action, null)}"
            : null;
    }

    private static string WordOf(VerdictAction action, ReplyKind? reply) =>
        action == VerdictAction.Allow ? "allow" : reply is { } kind ? kind.ToString().ToLowerInvariant() : "deny";

    /// <summary>The line of the explanation that names the rule.</summary>
    private static string Why(PolicyExplanation found) => found.Rule is null ? $"({found.Lines[1].Trim()})" : found.Lines[1].Trim();
}
