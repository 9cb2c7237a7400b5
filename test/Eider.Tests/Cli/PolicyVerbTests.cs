// What the verbs of `eider policy` say of files; what the kernel makes of them is tested where there is a kernel to ask.

using System.Text.Json;
using Eider.Cli;
using Xunit;

namespace Eider.Tests.Cli;

public sealed class PolicyVerbTests : IDisposable
{
    private const string Right = """
        apiVersion: eider.dev/v1alpha1
        kind: DnsPolicy
        metadata: {name: web}
        spec: {subjects: [{systemdUnit: nginx.service}], default: deny, rules: [{action: allow, names: ["*.example.com"]}]}
        """;

    private readonly string _directory = Directory.CreateTempSubdirectory("eider-policy-").FullName;

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    [Fact]
    public async Task Policies_that_are_right_are_counted()
    {
        var run = await EiderProcess.Run("policy", "validate", Written("web.yaml", Right));

        Assert.Equal((ExitCode.Ok, "right: 1 policy, 0 lists\n", ""), (run.ExitCode, run.Output, run.Error));
    }

    [Fact]
    public async Task Every_mistake_and_every_doubt_is_told_with_its_place()
    {
        var wrong = Written("wrong.yaml", Right.Replace("deny", "block", StringComparison.Ordinal).Replace("*.example.com", "foo*.example.com", StringComparison.Ordinal));
        var empty = Written("empty.yaml", "");

        var run = await EiderProcess.Run("policy", "validate", wrong, empty);

        Assert.Equal(ExitCode.BadInput, run.ExitCode);
        Assert.Contains($"{wrong}:4:59: error: expected one of allow, deny, found \"block\"; did you mean \"deny\"?\n", run.Output, StringComparison.Ordinal);
        Assert.Contains($"{wrong}:4:98: error: \"foo*.example.com\" is no name", run.Output, StringComparison.Ordinal);
        Assert.Contains($"{empty}: warning: says nothing", run.Output, StringComparison.Ordinal);
        Assert.EndsWith("2 errors, 1 warning\n", run.Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("", "tracker.example", 1)]
    [InlineData("", "*.tracker.example", 1)]
    [InlineData("", "x.tracker.example", 0)]
    [InlineData("", "excepted.example", 0)]
    [InlineData(", except: [\"tracker.example\"]", "tracker.example", 0)]
    public async Task Allow_that_a_denied_list_overrules_is_doubted(string except, string name, int warnings)
    {
        Written("ads.txt", "||tracker.example^\n||excepted.example^\n@@||excepted.example^\n");
        var policy = Written("web.yaml", $$"""
            apiVersion: eider.dev/v1alpha1
            kind: DnsPolicy
            metadata: {name: web}
            spec:
              subjects: [{systemdUnit: nginx.service}]
              rules: [{action: deny, lists: [ads]}, {action: allow, names: ["{{name}}"]}]
            ---
            apiVersion: eider.dev/v1alpha1
            kind: DomainList
            metadata: {name: ads}
            spec: {source: {file: ads.txt}{{except}}}
            """);

        var run = await EiderProcess.Run("policy", "validate", policy);

        Assert.Equal(ExitCode.Ok, run.ExitCode);
        Assert.Equal(warnings == 1, run.Output.Contains($"{policy}:6:65: warning: \"{name}\" stands in list ads, which this policy denies, so that the allow never holds; give the list except: [\"{name}\"]", StringComparison.Ordinal));
        Assert.Equal(warnings, run.Output.Split("warning:").Length - 1);
    }

    [Fact]
    public async Task Pipe_among_the_files_is_refused_at_once()
    {
        var pipe = Path.Combine(_directory, "pipe.yaml");
        using (var made = System.Diagnostics.Process.Start("mkfifo", pipe))
        {
            await made.WaitForExitAsync(TestContext.Current.CancellationToken);
        }

        var run = await EiderProcess.Run("policy", "validate", _directory);

        Assert.Equal(ExitCode.BadInput, run.ExitCode);
        Assert.Contains($"{pipe}: error: is a pipe, a socket or a device, not a file\n", run.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Programs_get_the_same_as_json()
    {
        var run = await EiderProcess.Run("policy", "validate", "-o", "json", Written("wrong.yaml", Right.Replace("deny", "block", StringComparison.Ordinal)));

        var json = JsonDocument.Parse(run.Output).RootElement;
        var diagnostic = Assert.Single(json.GetProperty("diagnostics").EnumerateArray());
        Assert.False(json.GetProperty("valid").GetBoolean());
        Assert.Equal(("error", 4, 59, "did you mean \"deny\"?"), (
            diagnostic.GetProperty("severity").GetString(), diagnostic.GetProperty("line").GetInt32(), diagnostic.GetProperty("column").GetInt32(), diagnostic.GetProperty("mend").GetString()));
    }

    [Fact]
    public async Task Policy_that_selects_none_of_the_pods_is_doubted_where_pods_are_known()
    {
        var policy = Written("shop.yaml", """
            apiVersion: eider.dev/v1alpha1
            kind: DnsPolicy
            metadata: {name: web, namespace: shop}
            spec: {subjects: [{podSelector: {matchLabels: {app: web}}}], default: deny}
            """);
        var pods = Written("pods.yaml", "- {podUid: 7f3c1c9e-0d5b-4b0e-9a53-6f0f6f1f8a11, namespace: shop, name: db-0, labels: {app: db}}");

        var doubted = await EiderProcess.Run("policy", "validate", "--workloads", pods, policy);
        var plain = await EiderProcess.Run("policy", "validate", policy);
        var broken = await EiderProcess.Run("policy", "validate", "--workloads", policy, policy);

        Assert.Equal(ExitCode.Ok, doubted.ExitCode);
        Assert.Contains("selects none of the 1 pods that are known", doubted.Output, StringComparison.Ordinal);
        Assert.Contains("without a workload directory", plain.Output, StringComparison.Ordinal);
        Assert.Equal(ExitCode.BadInput, broken.ExitCode);
    }

    [Fact]
    public async Task Schema_is_the_published_one() =>
        Assert.Equal(await File.ReadAllTextAsync(RepositoryFiles.PathOf("docs/policy.schema.json")), (await EiderProcess.Run("policy", "schema")).Output);

    [Theory]
    [InlineData("explain", "--subject", "unit=nginx.service", "--name", "a.example", "--policy")]
    [InlineData("test")]
    public async Task Files_are_read_before_the_kernel_is_asked_and_every_mistake_is_told(params string[] verb)
    {
        var wrong = Written("wrong.yaml", "kind: DnsPolicy\napiVersion: eider.dev/v1alpha1\ncases: 7\n");

        var run = await EiderProcess.Run(["policy", .. verb, wrong]);

        Assert.Equal(ExitCode.BadInput, run.ExitCode);
        Assert.True(run.Error.Split('\n').Length > 2, run.Error);
        Assert.All(run.Error.TrimEnd('\n').Split('\n'), line => Assert.StartsWith($"eider: {wrong}:", line, StringComparison.Ordinal));
    }

    [Fact]
    public async Task Explanation_without_policies_says_where_they_are_named()
    {
        var run = await EiderProcess.Run("policy", "explain", "--config", Written("eider.yaml", ""), "--subject", "user=0", "--name", "a.example");

        Assert.Equal(ExitCode.Usage, run.ExitCode);
        Assert.Contains("name them with --policy, or as policy.paths of the configuration", run.Error, StringComparison.Ordinal);
    }

    private string Written(string name, string content)
    {
        var path = Path.Combine(_directory, name);
        File.WriteAllText(path, content);
        return path;
    }
}
