// Where cgroup v2 is mounted, and directories below it laid out as kubelet's systemd driver does.

namespace Eider.Lab;

/// <summary>The cgroup v2 hierarchy of this machine, unified or hybrid.</summary>
public static class CgroupTree
{
    private const string Burstable = "kubepods.slice/kubepods-burstable.slice";

    /// <summary>The mount point of cgroup v2.</summary>
    /// <exception cref="LabException">None is mounted.</exception>
    public static string MountPoint { get; } = FindMount();

    /// <summary>The path below the mount, with leading slash, of a container in a burstable pod.</summary>
    public static string ContainerPath(string podUid, string containerId) =>
        $"/{Burstable}/{PodSlice(podUid)}/cri-containerd-{containerId}.scope";

    public static void Create(string path) => Directory.CreateDirectory(MountPoint + path);

    /// <summary>Kills what still runs in the pods whose uid ends in <paramref name="podUidSuffix"/> and removes their directories.</summary>
    public static void RemovePods(string podUidSuffix)
    {
        var parent = $"{MountPoint}/{Burstable}";
        if (!Directory.Exists(parent))
        {
            return;
        }

        foreach (var pod in Directory.GetDirectories(parent, PodSlice($"*{podUidSuffix}")))
        {
            foreach (var container in Directory.GetDirectories(pod))
            {
                RemoveWithProcesses(container);
            }

            Directory.Delete(pod);
        }

        // Shared with other labs, and with a kubelet where there is one: they go only when nobody is left in them.
        RemoveIfUnused(parent);
        RemoveIfUnused($"{MountPoint}/kubepods.slice");
    }

    private static string PodSlice(string podUid) => $"kubepods-burstable-pod{podUid.Replace('-', '_')}.slice";

    private static string FindMount()
    {
        foreach (var line in File.ReadLines("/proc/self/mountinfo"))
        {
            // proc_pid_mountinfo(5): "... mount-point options [optional fields] - type source options".
            var fields = line.Split(' ');
            var separator = Array.IndexOf(fields, "-");
            if (fields[separator + 1] == "cgroup2")
            {
                return fields[4];
            }
        }

        throw new LabException("no cgroup v2 is mounted; mount it: mkdir -p /sys/fs/cgroup/unified && mount -t cgroup2 none /sys/fs/cgroup/unified");
    }

    private static void RemoveWithProcesses(string cgroup)
    {
        foreach (var nested in Directory.GetDirectories(cgroup))
        {
            RemoveWithProcesses(nested);
        }

        // A killed process holds its cgroup until it is a zombie, and one that is just starting may still walk in: both pass quickly.
        for (var attempt = 0; attempt < 1000; attempt++)
        {
            File.WriteAllText($"{cgroup}/cgroup.kill", "1");
            if (RemoveIfUnused(cgroup))
            {
                return;
            }

            Thread.Sleep(5);
        }

        throw new LabException($"{cgroup} could not be removed within 5 s: pids {File.ReadAllText($"{cgroup}/cgroup.procs").ReplaceLineEndings(" ")}");
    }

    private static bool RemoveIfUnused(string cgroup)
    {
        try
        {
            Directory.Delete(cgroup);
            return true;
        }
        catch (IOException)
        {
            return false;
        }
    }
}
