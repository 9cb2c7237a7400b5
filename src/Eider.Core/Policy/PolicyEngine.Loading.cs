// From files to tables in force, or to a line that says why not.

using Eider.Core.Enrich;
using Eider.Core.Lists;

namespace Eider.Core.Policy;

public sealed partial class PolicyEngine
{
    /// <summary>What the files said last that could be read; in force as soon as its lists are there.</summary>
    private PolicySet? wanted;

    private bool TryLoad()
    {
        policyFiles.Take();
        var read = PolicyFile.Load(options.Paths, out var found, directory);
        diagnostics = found;
        if (read is null)
        {
            var errors = found.Where(diagnostic => diagnostic.Severity == PolicySeverity.Error).ToArray();
            Trouble(errors.Length > 1 ? $"{errors[0]} (and {errors.Length - 1} more)" : errors[0].ToString());
            return false;
        }

        wanted = read;

        // One at a time writes the copies. Whatever comes of the files, the refresh goes on: what is missing may come.
        StopRefresh();
        var isThere = Guard(() => FetchFiles(read));
        StartRefresh(read);
        return isThere && Guard(() => Apply(read, isNew: true));
    }

    private const long LargeTable = 1 << 20;

    /// <param name="isNew">Else the same policies, for other lists: a conflict that was lived with is lived with on.</param>
    private void Apply(PolicySet set, bool isNew)
    {
        var started = time.GetTimestamp();
        var passwd = new PasswdFile(options.PasswdFile);
        var compiled = PolicyCompiler.Compile(set, new PolicyCompilerOptions
        {
            Lists = OpenList,
            Memory = KernelNames.Create,
            Users = passwd.UidOf,
            MayBeEmpty = list => inForce is null && list.Source is UrlListSource,
        }, NameKeys.From(options.Secret));
        try
        {
            // 1. Everything that takes time, beside the road: most postures that will be needed, and the tables but for who has which.
            WorkloadNode[] nodes;
            lock (gate)
            {
                nodes = workloads.Nodes;
            }

            SettleNodes(nodes, compiled);
            if (isNew && inForce is not null && compiled.Diagnostics.FirstOrDefault(diagnostic => diagnostic.Severity == PolicySeverity.Error) is { } conflict)
            {
                throw new PolicyException(PolicyFault.Conflict, conflict.ToString());
            }

            maps.Prepare(compiled.Tables, (KernelNames)compiled.Names);
        }
        catch
        {
            compiled.Dispose();
            throw;
        }

        // 2. Who has which, cgroups of this moment too, and the change of sides.
        lock (gate)
        {
            var settled = SettleNodes(workloads.Nodes, compiled);
            var assigned = settled.Where(each => each.Value.HasEntry).ToDictionary(each => each.Key.Id, each => each.Value.Entry!.Value);
            var generation = maps.Commit(compiled.Tables, assigned);
            Hold(settled);
            inForce = compiled;
            Remember(generation, compiled);
        }

        maps.Retire();
        Report(compiled, time.GetElapsedTime(started));
        if (maps.NamesOctets >= LargeTable)
        {
            // What reading lists of this size took. The collector lets as much garbage gather as the processor's cache is large, and would keep it for hours.
            GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true);
        }
    }

    private void ReadDirectory()
    {
        workloadFile.Take();
        if (options.WorkloadFile is null)
        {
            return;
        }

        if (WorkloadFile.Load(options.WorkloadFile, out var found) is not { } read)
        {
            Trouble(found.First(diagnostic => diagnostic.Severity == PolicySeverity.Error).ToString());
            return;
        }

        lock (gate)
        {
            directory = read;
            foreach (var node in workloads.Nodes)
            {
                // Only what a pod lives in can be someone else now.
                if (CgroupPath.Parse(node.Path).PodUid is not null)
                {
                    node.SelectedBy = null;
                }
            }
        }
    }

    private DomainListReader? OpenList(DomainListSpec list, out ListError? error) => options.Lists.TryOpen(list, out var reader, out error) ? reader : null;
}
