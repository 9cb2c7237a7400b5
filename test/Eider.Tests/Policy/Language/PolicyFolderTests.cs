// Files and folders of policies, and what holds between the documents of all of them.

using Eider.Core.Policy;
using Xunit;

namespace Eider.Tests.Policy.Language;

public sealed class PolicyFolderTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("eider-policy-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void Folder_is_read_in_the_order_of_names_without_leftovers()
    {
        foreach (var name in new[] { "20-b.yaml", "10-a.yml", "30-c.YAML" })
        {
            Write(name, Policy(name[3..4]));
        }

        foreach (var leftover in new[] { ".hidden.yaml", "#20-b.yaml", "~20-b.yaml", "20-b.yaml~", "20-b.yaml.swp", "notes.txt", "x.yaml.bak" })
        {
            Write(leftover, "this is: [no policy");
        }

        Directory.CreateDirectory(Path.Combine(_folder, "lists.yaml"));

        var set = PolicyFile.Load([_folder], out var diagnostics);
        Assert.Empty(diagnostics);
        Assert.Equal(["a", "b", "c"], set!.Policies.Select(policy => policy.Name));
        Assert.Equal(Path.Combine(_folder, "10-a.yml"), set.Policies[0].Place.File);
    }

    [Fact]
    public void File_named_twice_is_read_once()
    {
        var file = Write("a.conf", Policy("a"));
        Assert.Single(PolicyFile.Load([file, Path.Combine(_folder, ".", "a.conf")], out _)!.Policies);
    }

    [Fact]
    public void Policy_that_is_there_twice_is_named_with_both_places()
    {
        var first = Write("a.yaml", Policy("web"));
        var second = Write("b.yaml", "# again\n" + Policy("web"));
        Assert.Equal([$"{second}:2:1: DnsPolicy \"web\" is there twice; the first is at {first}:1:1; rename or remove one"], Refused(first, second));
    }

    [Fact]
    public void Same_name_in_another_namespace_or_kind_is_another_policy()
    {
        Write("a.yaml", Policy("web"));
        Write("b.yaml", Policy("web").Replace("{name: web}", "{name: web, namespace: shop}", StringComparison.Ordinal));
        Write("c.yaml", Policy("web").Replace("DnsPolicy", "ClusterDnsPolicy", StringComparison.Ordinal));
        Assert.Equal(3, PolicyFile.Load([_folder], out _)!.Policies.Count);
    }

    [Fact]
    public void List_of_another_file_is_found_and_a_missing_one_is_told()
    {
        var lists = Write("lists.yaml", "{apiVersion: eider.dev/v1alpha1, kind: DomainList, metadata: {name: threats}, spec: {source: {file: x}}}");
        var policy = Write("policy.yaml", Policy("web") + "  rules: [{action: deny, lists: [threats, threat]}]\n");
        Assert.Equal([$"{policy}:6:43: there is no DomainList \"threat\"; did you mean \"threats\"?"], Refused(lists, policy));
    }

    [Fact]
    public void List_that_nothing_uses_is_told()
    {
        var lists = Write("lists.yaml", "{apiVersion: eider.dev/v1alpha1, kind: DomainList, metadata: {name: threats}, spec: {source: {file: x}}}");
        Assert.NotNull(PolicyFile.Load([lists], out var diagnostics));
        Assert.Equal($"{lists}:1:1: warning: no rule uses the DomainList \"threats\"", Assert.Single(diagnostics).ToString());
    }

    [Fact]
    public void Errors_of_all_files_are_told_at_once()
    {
        var a = Write("a.yaml", Policy("a").Replace("all: true", "al: true", StringComparison.Ordinal));
        var b = Write("b.yaml", "a: [");
        var errors = Refused(a, b, "/nonexistent/c.yaml");
        Assert.Equal(3, errors.Count);
        Assert.StartsWith($"{a}:5:15: unknown key \"al\"", errors[0], StringComparison.Ordinal);
        Assert.StartsWith($"{b}:", errors[1], StringComparison.Ordinal);
        Assert.Equal("/nonexistent/c.yaml: no such file or folder", errors[2]);
    }

    [Fact]
    public void Empty_folder_is_told_and_says_nothing()
    {
        Assert.Equal((0, 0), (PolicyFile.Load([_folder], out var diagnostics)!.Policies.Count, PolicySet.Empty.Lists.Count));
        Assert.Equal($"{_folder}: warning: no policy files (*.yaml, *.yml) in this folder", Assert.Single(diagnostics).ToString());
    }

    [Theory]
    [InlineData(null, "warning: policy \"shop/web\" selects nothing: without a workload directory no pod's namespace and labels are known; name one with --workloads FILE")]
    [InlineData("db", "warning: policy \"shop/web\" selects none of the 1 pods that are known now; check its namespace and selectors")]
    [InlineData("web", null)]
    public void Policy_that_selects_no_pod_is_told(string? app, string? expected)
    {
        var pods = app is null ? null
            : WorkloadFile.Parse($"- {{podUid: 7f3c1c9e-0d5b-4b0e-9a53-6f0f6f1f8a11, namespace: shop, name: x, labels: {{app: {app}}}}}", "pods.yaml", out _);
        var file = Write("a.yaml", Policy("web").Replace("{name: web}", "{name: web, namespace: shop}", StringComparison.Ordinal)
            .Replace("all: true", "podSelector: {matchLabels: {app: web}}", StringComparison.Ordinal));

        Assert.NotNull(PolicyFile.Load([file], out var diagnostics, pods));
        Assert.Equal(expected is null ? [] : [$"{file}:5:14: {expected}"], diagnostics.Select(found => found.ToString()));
    }

    [Fact]
    public void Ten_megabytes_of_policy_are_one_clear_error()
    {
        var file = Write("big.yaml", Policy("big") + "  rules:\n" + string.Concat(Enumerable.Range(0, 250_000).Select(i => $"  - {{action: deny, names: [x{i}.example]}}\n")));
        Assert.True(new FileInfo(file).Length > 10_000_000);
        Assert.Equal([$"{file}: longer than 1 MiB; put long lists of names into a DomainList, which has no such limit"], Refused(file));
    }

    [Fact]
    public void Many_large_files_are_refused_together()
    {
        for (var i = 10; i < 27; i++)
        {
            Write($"{i}.yaml", Policy($"p{i}") + "#" + new string('x', PolicyFile.MaxBytes - 200));
        }

        Assert.Equal($"{Path.Combine(_folder, "26.yaml")}: with this file, all policy files together are longer than 16 MiB; put long lists of names into a DomainList",
            Assert.Single(Refused(_folder)));
    }

    [Fact]
    public void Too_many_files_are_refused()
    {
        for (var i = 0; i <= PolicyFile.MaxFiles + 1; i++)
        {
            Write($"{i:d4}.yaml", Policy($"p{i}"));
        }

        Assert.Equal($"{Path.Combine(_folder, "1000.yaml")}: more than 1000 policy files; this one and 1 after it are not read; put several policies into one file, with --- between them",
            Assert.Single(Refused(_folder)));
    }

    private static string Policy(string name) => $"apiVersion: eider.dev/v1alpha1\nkind: DnsPolicy\nmetadata: {{name: {name}}}\nspec:\n  subjects: [{{all: true}}]\n";

    private static List<string> Refused(params string[] paths)
    {
        Assert.Null(PolicyFile.Load(paths, out var diagnostics));
        return [.. diagnostics.Select(found => found.ToString())];
    }

    private string Write(string name, string text)
    {
        var path = Path.Combine(_folder, name);
        File.WriteAllText(path, text);
        return path;
    }
}
