// One row of the table `identity` back to an identity.

namespace Eider.Core.Store;

internal static class IdentityRow
{
    public const string Columns =
        "pid, start_ns, comm, exe, cmdline, parents, uid, user, cgroup_id, cgroup, unit, container, pod_uid, pod_namespace, pod, pod_labels";

    /// <summary>Whatever another program may have written there, this returns an identity.</summary>
    public static Identity Read(SqlStatement row) => new()
    {
        Process = row.Int64(0) is { } pid
            ? new ProcessInfo((int)pid, Time(row.Int64(1) ?? 0), row.Text(2) ?? "", row.Text(3), row.Text(4), ColumnJson.ReadParents(row.Text(5)))
            : null,
        User = row.Int64(6) is { } uid ? new UserInfo((uint)uid, row.Text(7)) : null,
        Cgroup = row.Int64(8) is { } cgroup ? new CgroupInfo((ulong)cgroup, row.Text(9)) : null,
        Unit = row.Text(10),
        ContainerId = row.Text(11),
        Pod = row.Text(12) is { } podUid ? new PodInfo(podUid, row.Text(13), row.Text(14), ColumnJson.ReadLabels(row.Text(15))) : null,
    };

    /// <summary>64 bits of nanoseconds reach 1677 to 2262, well within what DateTimeOffset holds.</summary>
    private static DateTimeOffset Time(long unixNs) => DateTimeOffset.UnixEpoch.AddTicks(unixNs / TimeSpan.NanosecondsPerTick);
}
