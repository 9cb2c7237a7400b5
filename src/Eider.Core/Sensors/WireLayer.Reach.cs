// What the kernel is told of the wire layer: where it waits, and whose frames come in over which device.

using Eider.Bpf;
using Eider.Core.Abi;

namespace Eider.Core.Sensors;

public sealed partial class WireLayer
{
    private DeviceKey Cover(DeviceKey key, Reach how)
    {
        if (!reach.TryGet(key, out var known) || known != how)
        {
            reach.Set(key, how);
            Interlocked.Increment(ref changes[0]);
        }

        return key;
    }

    /// <summary>Tells whose frames come in over which device, for those that no socket sent.</summary>
    private void SetOwners(List<WireWorkload> found)
    {
        var kept = found.Select(workload => (uint)workload.Ifindex).ToHashSet();
        foreach (var (ifindex, _) in owners.Entries().Where(entry => waiting == 0 && !kept.Contains(entry.Key)).ToArray())
        {
            owners.Delete(ifindex);
        }

        foreach (var workload in found.Where(workload => workload.Pid != 0))
        {
            if (CgroupsOf(workload.Pid) is { } owner)
            {
                owners.Set((uint)workload.Ifindex, owner);
            }
        }
    }

    private DeviceOwner? CgroupsOf(int pid)
    {
        try
        {
            var line = File.ReadLines($"/proc/{pid}/cgroup").FirstOrDefault(line => line.StartsWith("0::", StringComparison.Ordinal));
            var path = line?[3..];
            var owner = default(DeviceOwner);
            for (var at = 0; at < DeviceOwner.Cgroups && path is { Length: > 0 }; at++)
            {
                owner[at] = Inode.Of(cgroups.Path + path);
                path = path == "/" ? null : Path.GetDirectoryName(path);
            }

            return owner;
        }
        catch (IOException)
        {
            return null; // it has ended
        }
    }

    private void Uncover(DeviceKey key)
    {
        reach.Delete(key);
        Interlocked.Increment(ref changes[0]);
    }
}
