// Policies in kernel tables of their own, with their lists, for questions: nothing is attached, and nothing that is in force is touched.

using Eider.Bpf;
using Eider.Cli;
using Eider.Core.Lists;
using Eider.Core.Policy;
using Eider.Output;

namespace Eider;

/// <summary>What `eider policy explain` and `eider policy test` ask. Not thread-safe.</summary>
internal sealed class PolicyTrial : IDisposable
{
    private readonly DirectoryInfo _folder;
    private readonly PolicyExplain _explain;
    private readonly SubjectSources _sources;

    private PolicyTrial(DirectoryInfo folder, PolicyExplain explain, SubjectSources sources) => (_folder, _explain, _sources) = (folder, explain, sources);

    /// <summary>Lists of the policies are read into a folder of this trial's, so that those of a running agent stay as they are: from their files, from the
    /// agent's copies, or else from their servers.</summary>
    /// <param name="thing">The verb, for messages.</param>
    /// <param name="cgroups">Where subjects are looked for; null: nowhere, so that the outcome is the same on every machine.</param>
    /// <exception cref="CliException">A file, a list, a privilege or the kernel; one line for each mistake of the files has been written to standard error, but the last.</exception>
    public static async Task<PolicyTrial> LoadAsync(string thing, PolicySource source, CgroupMount? cgroups, CancellationToken cancellation)
    {
        var (policies, directory) = PolicyInput.Read(source.Paths, source.WorkloadFile);
        var folder = Directory.CreateTempSubdirectory("eider-trial-");
        try
        {
            Agent.CheckPrivileges();
            var lists = new ListStore(folder.FullName, TimeProvider.System);
            await ReadLists(policies, new ListStore(source.ListFolder, TimeProvider.System), lists, cancellation);
            var explain = PolicyExplain.Load(KernelObject.Read(), policies, new PolicyExplainOptions { Lists = lists, Secret = Secret.Next });
            return new PolicyTrial(folder, explain, new SubjectSources(directory, cgroups));
        }
        catch (Exception failure)
        {
            folder.Delete(recursive: true);
            throw failure switch
            {
                AgentStartException missing => new CliException(ExitCode.MissingPrivilege, thing, $"{missing.What}, with which the kernel is asked", missing.Mend, failure),
                BpfException refused => new CliException(ExitCode.MissingPrivilege, thing, refused.Message, "`eider doctor` shows what this kernel and these privileges allow", failure),
                PolicyException bad => new CliException(ExitCode.BadInput, thing, bad.Message, "`eider policy validate` lists every mistake", failure),
                _ => failure,
            };
        }
    }

    /// <summary>Conflicts that the questions so far brought to light.</summary>
    public IReadOnlyList<PolicyDiagnostic> Diagnostics => _explain.Diagnostics;

    /// <param name="error">What is wrong with the subject, with a mend.</param>
    /// <exception cref="PolicyException">There is no room for the subject's combination of policies.</exception>
    public PolicyExplanation? Ask(string subject, string name, ushort type, Core.IpAddress? server, out string? error) =>
        PolicySubject.TryParse(subject, _sources, out var who, out error) ? _explain.Explain(new PolicyQuestion(who, name, type, server)) : null;

    /// <summary>An explanation while an agent does these things about alerts. The subject has been asked about before.</summary>
    public PolicyExplanation During(string subject, string name, ushort type, Core.IpAddress? server, PolicyExplanation explanation, IReadOnlyList<ResponseInForce> responses, DateTimeOffset now) =>
        PolicySubject.TryParse(subject, _sources, out var who, out _) ? explanation.During(new PolicyQuestion(who, name, type, server), responses, now) : explanation;

    /// <summary>Ids of the cgroups that a subject is in, and of its own; empty where it does not run here. It has been asked about before.</summary>
    public IReadOnlySet<ulong> CgroupsOf(string subject)
    {
        var ids = new HashSet<ulong>();
        if (_sources.Cgroups is { } mount && PolicySubject.TryParse(subject, _sources, out var who, out _))
        {
            ids.UnionWith(who.Around.Select(static around => around.Cgroup?.Path).OfType<string>().Select(path => Inode.Of(mount.Path + path)));
            ids.Remove(0);
        }

        return ids;
    }

    public void Dispose()
    {
        _explain.Dispose();
        _folder.Delete(recursive: true);
    }

    private static async Task ReadLists(PolicySet policies, ListStore kept, ListStore trial, CancellationToken cancellation)
    {
        using var fetcher = new ListFetcher(trial, TimeProvider.System);
        var named = policies.Policies.SelectMany(static policy => policy.Rules).SelectMany(static rule => rule.Lists).ToHashSet();
        foreach (var list in policies.Lists.Where(list => named.Contains(list.Name)))
        {
            if (list.Source is UrlListSource && kept.TryCopy(list.Name, trial))
            {
                continue;
            }

            if (await fetcher.FetchAsync(list, cancellation: cancellation) is { Outcome: FetchOutcome.Failed } failed)
            {
                throw new CliException(ExitCode.BadInput, list.Place.ToString(), TerminalText.Escape(failed.Error!.Message), "nothing was judged");
            }
        }
    }
}
