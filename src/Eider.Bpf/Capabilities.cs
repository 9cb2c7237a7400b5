// Which privileges this process holds, and what in the kernel's set-up can take them away.

using System.Globalization;
using Eider.Bpf.Native;

namespace Eider.Bpf;

/// <summary>The capabilities that matter to BPF, as this process holds them now (effective set).</summary>
public readonly record struct Capabilities(ulong Effective)
{
    private const int NetAdminBit = 12;
    private const int SysAdminBit = 21;
    private const int SysResourceBit = 24;
    private const int PerfmonBit = 38;
    private const int BpfBit = 39;

    public bool NetAdmin => Has(NetAdminBit);

    public bool SysAdmin => Has(SysAdminBit);

    public bool SysResource => Has(SysResourceBit);

    /// <summary>CAP_SYS_ADMIN stands in for it, as in the kernel.</summary>
    public bool Perfmon => Has(PerfmonBit) || SysAdmin;

    /// <summary>CAP_SYS_ADMIN stands in for it, as in the kernel.</summary>
    public bool Bpf => Has(BpfBit) || SysAdmin;

    /// <summary>Reads <c>CapEff</c> of /proc/self/status; none where that cannot be read.</summary>
    public static Capabilities OfThisProcess()
    {
        try
        {
            foreach (var line in File.ReadLines("/proc/self/status"))
            {
                if (line.StartsWith("CapEff:", StringComparison.Ordinal))
                {
                    return new(ulong.Parse(line.AsSpan("CapEff:".Length).Trim(), NumberStyles.HexNumber));
                }
            }
        }
        catch (IOException)
        {
            // No /proc: the caller sees no capability, which is the safe thing to say.
        }

        return default;
    }

    /// <returns>Names of what loading and attaching network and tracing programs needs and this process lacks.</returns>
    public IReadOnlyList<string> MissingForBpf()
    {
        var missing = new List<string>();
        Add(missing, Bpf, "CAP_BPF");
        Add(missing, Perfmon, "CAP_PERFMON");
        Add(missing, NetAdmin, "CAP_NET_ADMIN");
        return missing;
    }

    private static void Add(List<string> missing, bool held, string name)
    {
        if (!held)
        {
            missing.Add(name);
        }
    }

    private bool Has(int bit) => (Effective >> bit & 1) != 0;
}

public enum LockdownMode
{
    None,
    Integrity,

    /// <summary>BPF may not read kernel memory.</summary>
    Confidentiality,

    /// <summary>securityfs is not mounted or the kernel has no lockdown.</summary>
    Unknown,
}

/// <summary>The kernel's lockdown mode.</summary>
public static class KernelLockdown
{
    /// <summary>Reads /sys/kernel/security/lockdown, where the mode in force stands in brackets.</summary>
    public static LockdownMode Current()
    {
        try
        {
            var text = File.ReadAllText("/sys/kernel/security/lockdown");
            return text.Contains("[none]") ? LockdownMode.None
                : text.Contains("[integrity]") ? LockdownMode.Integrity
                : text.Contains("[confidentiality]") ? LockdownMode.Confidentiality
                : LockdownMode.Unknown;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return LockdownMode.Unknown;
        }
    }
}

/// <summary>The locked memory limit, which bounded BPF maps before kernel 5.11 (since then the memory cgroup does).</summary>
internal static class MemoryLock
{
    private const int LimitMemlock = 8;
    private const ulong Ample = 256 << 20;

    public static unsafe ulong SoftLimit()
    {
        ResourceLimit limit;
        return Libc.getrlimit(LimitMemlock, &limit) == 0 ? limit.Soft : ulong.MaxValue;
    }

    public static bool IsLow() => SoftLimit() < Ample && Environment.OSVersion.Version < new Version(5, 11);
}
