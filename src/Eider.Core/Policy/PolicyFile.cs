// Policy files: YAML in, a checked set of policies or every error at once out. Nothing here touches what is in force.

using System.Text;
using Eider.Core.Policy.Language;

namespace Eider.Core.Policy;

/// <summary>Reads policies from files and folders. Any thread.</summary>
public static class PolicyFile
{
    /// <summary>Of one file. A name in a rule costs a hundred octets of memory while it is read; lists of names cost next to none.</summary>
    public const int MaxBytes = 1 << 20;

    /// <summary>Of one load; with the above it bounds what a folder can cost.</summary>
    public const int MaxFiles = 1000;

    /// <summary>Of all files of one load.</summary>
    public const int MaxTotalBytes = 16 << 20;

    private static readonly string[] Extensions = [".yaml", ".yml"];

    /// <summary>Reads files as named, and of folders every <c>*.yaml</c> and <c>*.yml</c> in the order of their names, not of folders within; hidden files
    /// and what editors leave behind are skipped. Does not throw for anything that files or the file system can do wrong.</summary>
    /// <param name="diagnostics">With at least one error when the result is null; else at most warnings.</param>
    /// <param name="workloads">Lets policies that select no pod be told; null where no source of pods is configured.</param>
    public static PolicySet? Load(IEnumerable<string> paths, out IReadOnlyList<PolicyDiagnostic> diagnostics, WorkloadDirectory? workloads = null)
    {
        var documents = new PolicyDocuments();
        var total = 0L;
        var files = FilesOf(paths, documents);
        foreach (var file in files.Take(MaxFiles))
        {
            total += ReadFile(file, documents);
            if (total > MaxTotalBytes)
            {
                documents.In(file).Error(new Place(file, 0, 0), $"with this file, all policy files together are longer than {MaxTotalBytes >> 20} MiB", "put long lists of names into a DomainList");
                break;
            }
        }

        if (files.Count > MaxFiles)
        {
            documents.In(files[MaxFiles]).Error(new Place(files[MaxFiles], 0, 0), $"more than {MaxFiles} policy files; this one and {files.Count - MaxFiles - 1} after it are not read",
                "put several policies into one file, with --- between them");
        }

        return Finish(documents, workloads, out diagnostics);
    }

    /// <summary>Reads UTF-8 text; <paramref name="name"/> stands for the file in messages and in places, and relative paths of lists start from its folder.</summary>
    public static PolicySet? Parse(ReadOnlySpan<byte> utf8, string name, out IReadOnlyList<PolicyDiagnostic> diagnostics, WorkloadDirectory? workloads = null)
    {
        var documents = new PolicyDocuments();
        Read(utf8, name, documents);
        return Finish(documents, workloads, out diagnostics);
    }

    public static PolicySet? Parse(string text, string name, out IReadOnlyList<PolicyDiagnostic> diagnostics, WorkloadDirectory? workloads = null) =>
        Parse(Encoding.UTF8.GetBytes(text), name, out diagnostics, workloads);

    /// <summary>Whether a file in a folder of policies is read: for those who watch the folder.</summary>
    public static bool IsPolicyFileName(string name) =>
        name is not ['.' or '#' or '~', ..] && Extensions.Any(extension => name.EndsWith(extension, StringComparison.OrdinalIgnoreCase));

    private static PolicySet? Finish(PolicyDocuments documents, WorkloadDirectory? workloads, out IReadOnlyList<PolicyDiagnostic> diagnostics)
    {
        documents.CheckTogether(workloads);
        diagnostics = documents.Diagnostics;
        return documents.AnyError ? null : documents.Set;
    }

    private static List<string> FilesOf(IEnumerable<string> paths, PolicyDocuments documents)
    {
        var files = new List<string>();
        var seen = new HashSet<string>();
        foreach (var path in paths)
        {
            files.AddRange((Directory.Exists(path) ? FilesIn(path, documents) : [path]).Where(file => seen.Add(Path.GetFullPath(file))));
        }

        return files;
    }

    private static List<string> FilesIn(string folder, PolicyDocuments documents)
    {
        try
        {
            var files = Directory.EnumerateFiles(folder).Where(file => IsPolicyFileName(Path.GetFileName(file))).Order(StringComparer.Ordinal).ToList();
            if (files.Count == 0)
            {
                documents.In(folder).Warn(new Place(folder, 0, 0), "no policy files (*.yaml, *.yml) in this folder");
            }

            return files;
        }
        catch (Exception unreadable) when (unreadable is IOException or UnauthorizedAccessException)
        {
            documents.In(folder).Error(new Place(folder, 0, 0), Octets.Reason(unreadable));
            return [];
        }
    }

    /// <returns>Octets read.</returns>
    private static int ReadFile(string path, PolicyDocuments documents)
    {
        if (Octets.Read(path, MaxBytes, out var length, out var fault) is { } bytes)
        {
            Read(bytes.AsSpan(0, length), path, documents);
            return length;
        }

        documents.In(path).Error(new Place(path, 0, 0), fault!);
        return 0;
    }

    private static void Read(ReadOnlySpan<byte> utf8, string name, PolicyDocuments documents)
    {
        if (utf8.Length > MaxBytes)
        {
            documents.In(name).Error(new Place(name, 0, 0), $"longer than {MaxBytes >> 20} MiB", "put long lists of names into a DomainList, which has no such limit");
            return;
        }

        documents.Read(utf8, name);
    }
}
