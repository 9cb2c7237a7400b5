// The resolver configuration of workloads: which search list their libraries append. For telling what an application really asked for.

using System.Text;
using Eider.Bpf;
using Eider.Core.Transactions;

namespace Eider.Core.Enrich;

/// <summary>Reads <c>/etc/resolv.conf</c> as a workload's processes see it: once for a control group, and again after a while. Not thread-safe.</summary>
public sealed class ResolverConfigs
{
    private const int Limit = 4096;

    private static readonly TimeSpan Fresh = TimeSpan.FromMinutes(1);

    private readonly string procRoot;
    private readonly TimeProvider time;
    private readonly byte[] buffer = new byte[ResolverConfig.MaxLength];
    private readonly Dictionary<ulong, (ResolverConfig? Config, long ReadAt)> known = [];

    public ResolverConfigs(HostPaths paths, TimeProvider time)
    {
        procRoot = paths.ProcRoot;
        this.time = time;
    }

    /// <summary>Null where the workload or its file cannot be told. Costs a dictionary look-up but for the first of each workload and minute.</summary>
    public ResolverConfig? Of(Identity identity)
    {
        if (identity.Cgroup is not { } cgroup || identity.Process is not { } process)
        {
            return null;
        }

        if (known.TryGetValue(cgroup.Id, out var held) && time.GetElapsedTime(held.ReadAt) < Fresh)
        {
            return held.Config;
        }

        if (known.Count >= Limit)
        {
            known.Clear();
        }

        var read = Read(process.Pid);
        known[cgroup.Id] = (read ?? held.Config, time.GetTimestamp());
        return read ?? held.Config;
    }

    private ResolverConfig? Read(int pid)
    {
        var length = ContainedFile.Read(Path.Combine(procRoot, pid.ToString(), "root"), "etc/resolv.conf", buffer);
        return length < 0 ? null : ResolverConfig.Parse(Encoding.UTF8.GetString(buffer, 0, length));
    }
}
