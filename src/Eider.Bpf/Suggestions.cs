// From an error number and a log to what a person can do about it.

namespace Eider.Bpf;

internal static class Suggestions
{
    /// <returns>A sentence in the imperative; null where nothing is known that the error itself does not say.</returns>
    public static string? For(int errno, string log) => FromLog(log) ?? FromErrno(errno);

    private static string? FromLog(string log)
    {
        if (Has(log, "BPF program is too large") || Has(log, "jumps is too complex") || Has(log, "The sequence of"))
        {
            return "the program is too complex for the verifier (1,000,000 instructions walked at most): bound its loops with bpf_loop, keep loop state in a map value, or split it";
        }

        if (Has(log, "combined stack size") || Has(log, "looks like the BPF stack limit"))
        {
            return "the program uses more than 512 octets of stack: keep large values in a per-CPU map";
        }

        if (Has(log, "invalid func unknown#195896080") || Has(log, "invalid CO-RE relocation"))
        {
            return "this kernel lacks a field or type that the program reads: guard the access with bpf_core_field_exists, or use a newer kernel";
        }

        if (Has(log, "unknown func") || Has(log, "invalid func") || Has(log, "cannot use helper"))
        {
            return "this kernel does not offer the helper to this type of program: a newer kernel is needed, or another program type";
        }

        if (Has(log, "GPL-restricted") || Has(log, "GPL compatible program"))
        {
            return "the helper is for GPL-compatible programs: declare a GPL-compatible licence in section \"license\"";
        }

        if (Has(log, "valid kernel BTF") || Has(log, "failed to find valid kernel BTF") || Has(log, "vmlinux BTF is not found"))
        {
            return "this kernel has no type information: use a kernel built with CONFIG_DEBUG_INFO_BTF=y (/sys/kernel/btf/vmlinux must exist)";
        }

        if (Has(log, "parameter mismatch") || Has(log, "couldn't reuse pinned map"))
        {
            return "the pinned map was made by another version: remove the pin, or use another pin directory";
        }

        return Has(log, "is not found in vmlinux BTF") || Has(log, "failed to find kernel BTF type ID of") ? "this kernel does not have the hook that the program attaches to" : null;
    }

    private static string? FromErrno(int errno)
    {
        switch (errno)
        {
            case Errno.PermissionDenied:
                return ForPermission();
            case Errno.NoMemory:
                return "the kernel is out of memory for this, or the memory cgroup's limit is reached: make the maps smaller or raise the limit";
            case Errno.NoSystemCall:
                return "this kernel has no bpf system call: use a kernel built with CONFIG_BPF_SYSCALL=y";
            case Errno.NoSpace:
                return "the kernel's limit is reached: detach programs, or make the maps smaller";
            default:
                return null;
        }
    }

    private static string ForPermission()
    {
        var missing = Capabilities.OfThisProcess().MissingForBpf();
        if (missing.Count > 0)
        {
            return $"run as root, or grant {string.Join(", ", missing)}";
        }

        var lockdown = KernelLockdown.Current();
        if (lockdown == LockdownMode.Confidentiality)
        {
            return "the kernel is locked down (confidentiality), which forbids reading kernel memory from BPF: boot with lockdown=integrity or without lockdown";
        }

        return MemoryLock.IsLow()
            ? "raise the locked memory limit: ulimit -l unlimited, or LimitMEMLOCK=infinity in the unit (needed before kernel 5.11)"
            : "all capabilities are there, so the kernel itself forbids it: it is built without what this program type needs, a security module or a container's seccomp profile refuses, or another program is attached exclusively";
    }

    private static bool Has(string log, string words) => log.Contains(words, StringComparison.Ordinal);
}
