// Whom a question is asked for: words of a person on a command line, turned into what policies select.

using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using Eider.Bpf;
using Eider.Core.Enrich;

namespace Eider.Core.Policy;

/// <summary>Where subjects are looked for.</summary>
/// <param name="Cgroups">Null: what is not told in full by the subject itself is not found.</param>
public sealed record SubjectSources(WorkloadDirectory Directory, CgroupMount? Cgroups, string PasswdFile = "/etc/passwd", string ProcRoot = "/proc");

/// <summary>Immutable.</summary>
/// <param name="Text">As the person gave it.</param>
/// <param name="Around">The cgroups from the outermost inwards, the workload itself last; at least that one.</param>
/// <param name="Uid">Of the process that asks; null: a user no policy names.</param>
public sealed record PolicySubject(string Text, IReadOnlyList<Workload> Around, uint? Uid)
{
    public const string Forms = "cgroup=/PATH, unit=NAME, container=ID, pod=NAMESPACE/NAME, podUid=UID, pid=NUMBER or user=NAME, or one of them and a user: unit=NAME,user=NAME";

    /// <param name="text">One of <see cref="Forms"/>.</param>
    /// <param name="error">What is wrong, with a mend.</param>
    public static bool TryParse(string text, SubjectSources sources, [NotNullWhen(true)] out PolicySubject? subject, [NotNullWhen(false)] out string? error)
    {
        (subject, error) = (null, null);
        IReadOnlyList<Workload>? around = null;
        uint? uid = null;
        foreach (var part in text.Split(','))
        {
            var (kind, value) = Split(part);
            if (kind == "user")
            {
                uid = uint.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : new PasswdFile(sources.PasswdFile).UidOf(value);
                error ??= uid is null ? $"this machine has no user \"{value}\"; name one of its users, or a uid" : null;
            }
            else if (around is not null)
            {
                error ??= $"\"{text}\" names two workloads; name one, and a user at most";
            }
            else
            {
                around = Find(kind, value, sources, ref uid, ref error);
            }
        }

        if (error is null)
        {
            subject = new PolicySubject(text, around ?? [new Workload { Cgroup = new CgroupInfo(0, "/") }], uid);
        }

        return subject is not null;
    }

    /// <summary>A cgroup and those around it, by its path alone.</summary>
    public static IReadOnlyList<Workload> AtPath(string path, WorkloadDirectory directory)
    {
        var around = new List<Workload> { Workload.Of(new CgroupInfo(0, "/"), directory) };
        for (var end = path.IndexOf('/', 1); path.Length > 1; end = path.IndexOf('/', end + 1))
        {
            around.Add(Workload.Of(new CgroupInfo(0, end < 0 ? path : path[..end]), directory));
            if (end < 0)
            {
                break;
            }
        }

        return around;
    }

    private static (string Kind, string Value) Split(string part) =>
        part.StartsWith('/') ? ("cgroup", part) : part.IndexOf('=') is var at and > 0 ? (part[..at].Trim(), part[(at + 1)..].Trim()) : ("", part);

    private static IReadOnlyList<Workload>? Find(string kind, string value, SubjectSources sources, ref uint? uid, ref string? error)
    {
        switch (kind)
        {
            case "cgroup" when value.StartsWith('/'):
                return AtPath(value.Length > 1 ? value.TrimEnd('/') : value, sources.Directory);
            case "unit":
                return Running(sources, workload => workload.Unit == value) ?? AtPath($"/system.slice/{value}", sources.Directory);
            case "container":
                return Running(sources, workload => workload.ContainerId?.StartsWith(value, StringComparison.Ordinal) ?? false) ?? [new Workload { ContainerId = value }];
            case "pod" or "podUid":
                return FindPod(value, sources, ref error);
            case "pid":
                return FindProcess(value, sources, ref uid, ref error);
            default:
                error ??= $"\"{kind}{(kind.Length > 0 ? "=" : "")}{value}\" is no subject; write {Forms}";
                return null;
        }
    }

    private static IReadOnlyList<Workload>? FindPod(string value, SubjectSources sources, ref string? error)
    {
        var pod = sources.Directory.Pods.FirstOrDefault(pod => pod.Uid == value || $"{pod.Namespace}/{pod.Name}" == value);
        if (pod is null && value.Contains('/'))
        {
            error ??= $"no pod \"{value}\" is known here; name one of the workload directory, or its uid";
            return null;
        }

        var uid = pod?.Uid ?? value;
        return Running(sources, workload => workload.PodUid == uid) ?? AtPath($"/kubepods/pod{uid}", sources.Directory);
    }

    private static IReadOnlyList<Workload>? FindProcess(string value, SubjectSources sources, ref uint? uid, ref string? error)
    {
        var isNumber = int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out var pid);
        var proc = new ProcReader(sources.ProcRoot, new StringPool());
        try
        {
            if (isNumber && proc.UnifiedCgroup(pid) is { } path)
            {
                uid ??= File.ReadLines(Path.Combine(sources.ProcRoot, pid.ToString(CultureInfo.InvariantCulture), "status")).Where(line => line.StartsWith("Uid:", StringComparison.Ordinal))
                    .Select(line => (uint?)uint.Parse(line.Split('\t', StringSplitOptions.RemoveEmptyEntries)[2], CultureInfo.InvariantCulture)).FirstOrDefault();
                return AtPath(path, sources.Directory);
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // It ended while we looked.
        }

        error ??= $"there is no process {value}; see ps for those there are";
        return null;
    }

    private static IReadOnlyList<Workload>? Running(SubjectSources sources, Func<Workload, bool> isMeant)
    {
        if (sources.Cgroups is null)
        {
            return null;
        }

        var tree = new WorkloadTree();
        tree.Scan(new CgroupPaths(sources.Cgroups));
        var node = tree.Nodes.FirstOrDefault(node => isMeant(Workload.Of(new CgroupInfo(node.Id, node.Path), sources.Directory)));
        return node is null ? null : AtPath(node.Path, sources.Directory);
    }
}
