// Probes of the surroundings: library, privileges, mounts, kernel settings.

using Eider.Bpf.Native;

namespace Eider.Bpf;

public static partial class BpfProbe
{
    private const string CgroupMend = "mount it: mkdir -p /sys/fs/cgroup/unified && mount -t cgroup2 none /sys/fs/cgroup/unified";
    private const string KernelTypePath = "/sys/kernel/btf/vmlinux";

    private static ProbeResult LibbpfVersion()
    {
        try
        {
            return new("libbpf", true, $"version {Libbpf.Version}", null);
        }
        catch (LibbpfMissingException e)
        {
            return new("libbpf", false, "not usable", e.Message);
        }
    }

    private static ProbeResult Privileges()
    {
        var missing = Capabilities.OfThisProcess().MissingForBpf();
        return missing.Count == 0
            ? new("capabilities", true, "CAP_BPF, CAP_PERFMON, CAP_NET_ADMIN", null)
            : new("capabilities", false, $"missing: {string.Join(", ", missing)}", $"run as root, or grant {string.Join(", ", missing)}");
    }

    private static ProbeResult Lockdown() => KernelLockdown.Current() switch
    {
        LockdownMode.Confidentiality => new("lockdown", false, "confidentiality: BPF may not read kernel memory", "boot with lockdown=integrity or without lockdown"),
        LockdownMode.Unknown => new("lockdown", true, "not told by this kernel, so most likely off", null),
        var mode => new("lockdown", true, mode == LockdownMode.None ? "off" : "integrity, which allows BPF", null),
    };

    private static ProbeResult LockedMemory()
    {
        var limit = MemoryLock.SoftLimit();
        var text = limit == ulong.MaxValue ? "unlimited" : $"{limit >> 10} KiB";
        return MemoryLock.IsLow()
            ? new("locked memory", false, $"limit {text}, and this kernel counts maps against it", "ulimit -l unlimited, or LimitMEMLOCK=infinity in the unit")
            : new("locked memory", true, $"limit {text}; maps count against the memory cgroup", null);
    }

    private static ProbeResult Unprivileged() => new("unprivileged bpf", true, Read("/proc/sys/kernel/unprivileged_bpf_disabled") switch
    {
        "0" => "allowed to everyone (kernel.unprivileged_bpf_disabled=0); not needed here, 2 is safer",
        "1" => "off until reboot",
        "2" => "off",
        _ => "not told by this kernel",
    }, null);

    private static ProbeResult KernelTypeInformation() => File.Exists(KernelTypePath)
        ? new("kernel type information", true, $"{KernelTypePath}, {new FileInfo(KernelTypePath).Length >> 10} KiB", null)
        : new("kernel type information", false, $"{KernelTypePath} does not exist", "use a kernel built with CONFIG_DEBUG_INFO_BTF=y (Debian 11, Ubuntu 20.10, RHEL 8.2 and later have it)");

    private static ProbeResult CgroupMounted() => CgroupV2.Find() is { } mount
        ? new("cgroup v2", true, $"{mount.Path} ({(mount.IsHybrid ? "hybrid" : "unified")})", null)
        : new("cgroup v2", false, "not mounted", CgroupMend);

    private static ProbeResult BpfFileSystemMounted()
    {
        var mounts = Read("/proc/self/mountinfo").Split('\n').Where(line => line.Contains(" - bpf ", StringComparison.Ordinal)).Select(line => line.Split(' ')[4]).ToArray();
        return mounts.Length > 0
            ? new("bpf file system", true, string.Join(", ", mounts), null)
            : new("bpf file system", false, "not mounted", "mount -t bpf bpf /sys/fs/bpf");
    }

    private static string Read(string path)
    {
        try
        {
            return File.ReadAllText(path).Trim();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return "";
        }
    }
}
