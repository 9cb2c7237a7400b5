// Policies as text, for tests: what they become, or what is said of them.

using Eider.Core.Policy;
using Xunit;

namespace Eider.Tests.Policy.Language;

internal static class Reading
{
    public const string Name = "policies/web.yaml";

    public static PolicySet Accepted(string text, WorkloadDirectory? workloads = null)
    {
        var set = PolicyFile.Parse(text, Name, out var diagnostics, workloads);
        Assert.DoesNotContain(diagnostics, found => found.Severity == PolicySeverity.Error);
        Assert.NotNull(set);
        return set;
    }

    /// <summary>Everything that is said of a text that is accepted.</summary>
    public static List<string> Warnings(string text, WorkloadDirectory? workloads = null)
    {
        Assert.NotNull(PolicyFile.Parse(text, Name, out var diagnostics, workloads));
        return [.. diagnostics.Select(found => found.ToString())];
    }

    /// <summary>The errors of a text that is refused, without the file's name.</summary>
    public static List<string> Errors(string text)
    {
        Assert.Null(PolicyFile.Parse(text, Name, out var diagnostics));
        var errors = diagnostics.Where(found => found.Severity == PolicySeverity.Error).Select(found => found.ToString()).ToList();
        Assert.All(errors, error => Assert.StartsWith(Name + ":", error, StringComparison.Ordinal));
        return [.. errors.Select(error => error[(Name.Length + 1)..].TrimStart())];
    }

    /// <summary>A DnsPolicy for everything on a host with these lines below "spec", from line 6 on and indented by two.</summary>
    public static string Spec(string lines) => $$"""
        apiVersion: eider.dev/v1alpha1
        kind: DnsPolicy
        metadata: {name: web}
        spec:
          subjects: [{all: true}]
          {{lines.ReplaceLineEndings("\n  ")}}
        """;

    public static string ClusterSpec(string lines) => Spec(lines).Replace("kind: DnsPolicy", "kind: ClusterDnsPolicy", StringComparison.Ordinal);

    public static DnsPolicy OnlyPolicy(string text) => Assert.Single(Accepted(text).Policies);
}
