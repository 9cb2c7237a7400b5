// docs/policy.md lists every key as the reader's tables have it, and its examples are policies; EIDER_UPDATE_DOCS=1 writes the tables anew.

using System.Text;
using System.Text.RegularExpressions;
using Eider.Core.Policy;
using Eider.Core.Policy.Language;
using Xunit;

namespace Eider.Tests.Policy.Language;

public sealed partial class PolicyDocumentTests
{
    private const string Document = "docs/policy.md";

    public static string InRepository(string path)
    {
        var directory = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(directory!.FullName, "Eider.slnx")))
        {
            directory = directory.Parent;
        }

        return Path.Combine(directory.FullName, path);
    }

    public static TheoryData<string, string> Tables => new()
    {
        { "policy", Table(PolicySyntax.ClusterSpec) },
        { "subject", Table(SubjectSyntax.Of(PolicyTier.Cluster)) },
        { "selector", Table(SelectorSyntax.Selector) },
        { "requirement", Table(SelectorSyntax.Requirement) },
        { "rule", Table(RuleSyntax.Of(PolicyTier.Cluster)) },
        { "reply", Table(ServerSyntax.ReplyObject) },
        { "redirect", Table(ServerSyntax.RedirectObject) },
        { "rate limit", Table(ServerSyntax.RateLimitObject) },
        { "answers", Table(ServerSyntax.AnswersObject) },
        { "response", Table(RespondSyntax.Response) },
        { "list", Table(ListSyntax.Spec) },
        { "source", Table(ListSyntax.Source) },
        { "pod", Table(DirectorySyntax.Pod) },
        { "expectations", Table(ExpectationSyntax.File) },
        { "case", Table(ExpectationSyntax.Case) },
        { "namespace", Table(DirectorySyntax.Namespace) },
    };

    [Theory]
    [MemberData(nameof(Tables))]
    public void Documented_keys_are_those_of_the_reader(string name, string table)
    {
        var path = InRepository(Document);
        var document = File.ReadAllText(path);
        var marker = $"<!-- keys of {name}: begin -->\n";
        var begin = document.IndexOf(marker, StringComparison.Ordinal) + marker.Length;
        Assert.True(begin > marker.Length, $"{Document} has no {marker}");
        var end = document.IndexOf("<!-- end -->", begin, StringComparison.Ordinal);
        if (Environment.GetEnvironmentVariable("EIDER_UPDATE_DOCS") == "1")
        {
            File.WriteAllText(path, document[..begin] + table + document[end..]);
            return;
        }

        Assert.Equal(table, document[begin..end]);
    }

    [Fact]
    public void Every_example_is_a_policy_without_doubts()
    {
        var examples = Examples().Matches(File.ReadAllText(InRepository(Document))).Select(match => match.Groups[1].Value).ToList();
        Assert.InRange(examples.Count, 4, 100);
        foreach (var example in examples)
        {
            var pods = WorkloadFile.Parse("- {podUid: 7f3c1c9e-0d5b-4b0e-9a53-6f0f6f1f8a11, namespace: shop, name: web-0, labels: {app: web}}", "pods.yaml", out _);
            Assert.NotNull(PolicyFile.Parse(example, "example.yaml", out var diagnostics, pods));
            Assert.Empty(diagnostics);
        }
    }

    private static string Table<T>(ObjectSyntax<T> syntax)
    {
        var table = new StringBuilder("| Key | Value | Default | What it says |\n|---|---|---|---|\n");
        foreach (var field in syntax.Fields)
        {
            table.Append($"| `{field.Name}` | {field.Type} | {field.Default ?? (field.Required ? "required" : "")} | {field.Summary} |\n");
        }

        return table.ToString();
    }

    [GeneratedRegex("```yaml\n(apiVersion.*?)```", RegexOptions.Singleline)]
    private static partial Regex Examples();
}
