// `eider policy explain` and `eider policy test` as a user runs them, on the examples of docs/policy.md and on outcomes that are not as expected.

using System.Diagnostics;
using System.Text.Json;
using System.Text.RegularExpressions;
using Eider.Kernel.Tests.Bpf;

namespace Eider.Kernel.Tests.Policy;

public sealed partial class PolicyVerbTests : IDisposable
{
    private const string Pods = "- {podUid: 7f3c1c9e-0d5b-4b0e-9a53-6f0f6f1f8a11, namespace: shop, name: web-0, labels: {app: web}}";

    private const string Policies = """
        apiVersion: eider.dev/v1alpha1
        kind: DnsPolicy
        metadata: {name: web}
        spec:
          subjects: [{systemdUnit: nginx.service}]
          rules:
            - {action: deny, lists: [ads], reply: {kind: sinkhole, v4: 192.0.2.1}}
            - {action: deny, names: ["*.evil.example"], types: [A]}
          resolvers: [10.96.0.10]
        ---
        apiVersion: eider.dev/v1alpha1
        kind: DnsPolicy
        metadata: {name: strict}
        spec: {subjects: [{all: true}], mode: audit, default: deny}
        ---
        apiVersion: eider.dev/v1alpha1
        kind: DomainList
        metadata: {name: ads}
        spec: {source: {file: ads.txt}}
        """;

    private readonly string folder = Directory.CreateTempSubdirectory("eider-verbs-").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [KernelFact]
    public void Documented_example_comes_out_as_it_says()
    {
        var document = File.ReadAllText(DocumentPath());
        Directory.CreateDirectory(Path.Combine(folder, "policies"));
        Write("policies/baseline.yaml", Blocks().Matches(document).Select(block => block.Groups[1].Value).Single(text => text.Contains("name: baseline", StringComparison.Ordinal)));
        Write("pods.yaml", Pods);
        var file = Write("policies.test.yaml", Blocks().Matches(document).Select(block => block.Groups[1].Value).Single(text => text.StartsWith("policies:", StringComparison.Ordinal)));

        var run = Eider("policy", "test", file);

        Assert.Equal((0, "5 cases: 5 as expected, 0 not\n", ""), run);

        // What the document shows of a failure and of an explanation is what is said.
        Write("policies.test.yaml", File.ReadAllText(Path.Combine(folder, file)).Replace("expect: allow, rule: shop/strict", "expect: deny", StringComparison.Ordinal));
        var shown = Eider("policy", "test", "policies.test.yaml");
        var explained = Eider("policy", "explain", "--policy", "policies/", "--workloads", "pods.yaml", "--subject", "pod=shop/web-0", "--name", "ok.evil.example");
        Assert.Equal((1, 0), (shown.Code, explained.Code));
        Assert.All(shown.Output.Split('\n').Take(1).Concat(explained.Output.TrimEnd('\n').Split('\n')), line => Assert.Contains($"    {line}\n", document, StringComparison.Ordinal));
    }

    [KernelFact]
    public void Each_case_that_comes_out_otherwise_is_a_line_with_its_place()
    {
        Write("web.yaml", Policies);
        Write("ads.txt", "tracker.example\nother.example\n");
        var file = Write("t.yaml", """
            policies: [web.yaml]
            cases:
              - {subject: unit=nginx.service, name: a.tracker.example, expect: sinkhole, list: ads, rule: web}
              - {subject: unit=nginx.service, name: a.tracker.example, expect: nxdomain}
              - {subject: unit=nginx.service, name: A.Evil.example, type: TXT, expect: allow, audit: deny}
              - {subject: unit=nginx.service, name: a.evil.example, expect: deny, rule: "web rules[0]"}
              - {subject: unit=nginx.service, name: www.example, server: 192.0.2.53, expect: refused, rule: "web resolvers"}
              - {subject: unit=cron.service, name: a.tracker.example, expect: deny}
              - {subject: unit=cron.service, name: a.tracker.example, expect: allow, audit: allow}
              - {subject: nobody, name: a.tracker.example, expect: allow}
            """);

        var run = Eider("policy", "test", file);

        Assert.Equal((1, ""), (run.Code, run.Error));
        var lines = run.Output.Split('\n');
        Assert.Contains($"{file}:4:5: unit=nginx.service asks a.tracker.example A: expected nxdomain, found sinkhole by policy web, rules[0]", lines[0], StringComparison.Ordinal);
        Assert.Contains($"{file}:6:5: unit=nginx.service asks a.evil.example A: expected nxdomain by web rules[0], found it by policy web, rules[1]", lines[1], StringComparison.Ordinal);
        Assert.Contains($"{file}:8:5: unit=cron.service asks a.tracker.example A: expected deny, found allow (no rule", lines[2], StringComparison.Ordinal);
        Assert.Contains($"{file}:9:5: unit=cron.service asks a.tracker.example A: expected allow were audited policies enforced, found deny", lines[3], StringComparison.Ordinal);
        Assert.Contains($"{file}:10:5: nobody asks a.tracker.example A: \"nobody\" is no subject; write cgroup=/PATH", lines[4], StringComparison.Ordinal);
        Assert.Equal("8 cases: 3 as expected, 5 not", lines[5]);
    }

    [KernelFact]
    public void Explanation_names_rule_list_line_and_reply()
    {
        Write("web.yaml", Policies);
        Write("ads.txt", "other.example\ntracker.example\n");

        var run = Eider("policy", "explain", "-p", "web.yaml", "--subject", "unit=nginx.service", "--name", "A.tracker.example", "-o", "json");

        var by = JsonDocument.Parse(run.Output).RootElement.GetProperty("by");
        Assert.Equal(("web", "rules[0]", "web.yaml:7:7", "ads", "*.tracker.example", 2, "sinkhole", "192.0.2.1"), (
            by.GetProperty("policy").GetString(), by.GetProperty("rule").GetString(), by.GetProperty("place").GetString(), by.GetProperty("list").GetString(),
            by.GetProperty("pattern").GetString(), by.GetProperty("list_line").GetInt32(), by.GetProperty("reply").GetString(), by.GetProperty("v4").GetString()));
    }

    [KernelFact]
    public void List_that_cannot_be_read_is_named_with_its_place_and_nothing_is_left_behind()
    {
        Write("web.yaml", Policies);
        var before = Directory.GetDirectories(Path.GetTempPath(), "eider-trial-*");

        var run = Eider("policy", "explain", "-p", "web.yaml", "--subject", "user=0", "--name", "a.example");

        Assert.Equal(4, run.Code);
        Assert.StartsWith("eider: web.yaml:16:1: list ads: ", run.Error, StringComparison.Ordinal);
        Assert.Single(run.Error.TrimEnd('\n').Split('\n'));
        Assert.Empty(Directory.GetDirectories(Path.GetTempPath(), "eider-trial-*").Except(before));
    }

    private static string DocumentPath()
    {
        var directory = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(directory.FullName, "Eider.slnx")))
        {
            directory = directory.Parent!;
        }

        return Path.Combine(directory.FullName, "docs/policy.md");
    }

    private string Write(string name, string text)
    {
        File.WriteAllText(Path.Combine(folder, name), text);
        return name;
    }

    private (int Code, string Output, string Error) Eider(params string[] arguments)
    {
        var start = new ProcessStartInfo(Path.Combine(AppContext.BaseDirectory, "eider"), arguments) { RedirectStandardOutput = true, RedirectStandardError = true, WorkingDirectory = folder };
        using var process = Process.Start(start)!;
        var error = process.StandardError.ReadToEndAsync();
        var output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return (process.ExitCode, output, error.Result);
    }

    [GeneratedRegex("```yaml\n(.*?)```", RegexOptions.Singleline)]
    private static partial Regex Blocks();
}
