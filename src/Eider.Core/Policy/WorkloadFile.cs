// The workload directory from a file, where there is no Kubernetes to ask.

using System.Text;
using Eider.Core.Config;
using Eider.Core.Policy.Language;

namespace Eider.Core.Policy;

/// <summary>Reads YAML or JSON: a list of pods, or a mapping with <c>pods</c> and <c>namespaces</c>. Any thread.</summary>
public static class WorkloadFile
{
    public const int MaxBytes = 4 << 20;

    /// <summary>Does not throw for anything the file or the file system can do wrong.</summary>
    /// <param name="diagnostics">With at least one error when the result is null.</param>
    public static WorkloadDirectory? Load(string path, out IReadOnlyList<PolicyDiagnostic> diagnostics)
    {
        if (Octets.Read(path, MaxBytes, out var length, out var fault) is { } bytes)
        {
            return Parse(bytes.AsSpan(0, length), path, out diagnostics);
        }

        diagnostics = [new PolicyDiagnostic(PolicySeverity.Error, new Place(path, 0, 0), fault!, null)];
        return null;
    }

    /// <summary>Reads UTF-8 text; <paramref name="name"/> stands for the file in messages.</summary>
    public static WorkloadDirectory? Parse(ReadOnlySpan<byte> utf8, string name, out IReadOnlyList<PolicyDiagnostic> diagnostics)
    {
        var found = new Diagnostics(name);
        if (utf8.Length > MaxBytes)
        {
            found.Error(YamlPosition.WholeFile, $"longer than {MaxBytes >> 20} MiB", "list the pods of this node alone");
            utf8 = default;
        }

        var errors = new ConfigErrors(name);
        var root = ConfigEncoding.Decode(utf8, MaxBytes, errors) is { } text ? YamlReader.Read(text, errors) : null;
        found.Take(errors);
        var draft = root is null or YamlScalar { IsNull: true } ? new DirectoryDraft([], []) : DirectorySyntax.Read(root, found);
        DirectorySyntax.CheckUnique(draft, found);
        diagnostics = [.. found.ToList()];
        return found.AnyError ? null : new WorkloadDirectory(
            [.. draft.Pods.Select(pod => pod.Value)],
            draft.Namespaces.ToDictionary(space => space.Value.Name, space => space.Value.Labels));
    }

    public static WorkloadDirectory? Parse(string text, string name, out IReadOnlyList<PolicyDiagnostic> diagnostics) =>
        Parse(Encoding.UTF8.GetBytes(text), name, out diagnostics);
}
