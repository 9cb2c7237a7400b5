// Probes of what the kernel offers, as results for a person.

using Eider.Bpf.Native;

namespace Eider.Bpf;

public static partial class BpfProbe
{
    private static ProbeResult OfProgram(string name, ProgramType type, string since) => OfKernel(name, HasProgramType(type), "loads", since);

    private static ProbeResult OfTracing(string name, string target, AttachType kind, string since) =>
        OfKernel(name, HasTracing(target, kind), $"loads on {target}", since, ", with type information (CONFIG_DEBUG_INFO_BTF=y)");

    private static ProbeResult OfMap(string name, MapType type, string since) => OfKernel(name, HasMapType(type), "can be made", since);

    private static ProbeResult OfHelper(string name, ProgramType type, int helper, string since) => OfKernel(name, HasHelper(type, helper), "may be called", since);

    private static ProbeResult MappableArray()
    {
        const string Name = "map mappable array";
        try
        {
            using var map = BpfMap.Create(MapType.Array, "probe", sizeof(int), sizeof(ulong), 1, MapFlags.Mappable);
            using var mapped = new MappedArray<ulong>(map);
            return OfKernel(Name, true, "can be made and mapped", "5.5");
        }
        catch (BpfException)
        {
            return OfKernel(Name, false, "", "5.5");
        }
    }

    /// <summary>Really attaches, for a moment, a program that lets all pass: that another program holds the root exclusively shows only so.</summary>
    private static unsafe ProbeResult CgroupAttach()
    {
        const string Name = "attach to cgroup v2 root";
        if (CgroupV2.Find() is not { } mount)
        {
            return new(Name, false, "cgroup v2 is not mounted", CgroupMend);
        }

        var program = ProbeProgram.Load(ProgramType.CgroupSkb, ProbeProgram.Returning(1), out _, AttachType.CgroupInetEgress);
        var cgroup = Libc.open(mount.Path, Libc.OpenReadOnly | Libc.OpenDirectory | Libc.OpenCloseOnExec);
        var link = program >= 0 && cgroup >= 0 ? Libbpf.bpf_link_create(program, cgroup, (int)AttachType.CgroupInetEgress, null) : -Errno.PermissionDenied;
        ProbeProgram.Close(cgroup);
        ProbeProgram.Close(program);
        return ProbeProgram.Close(link)
            ? new(Name, true, $"attached to {mount.Path} and detached", null)
            : new(Name, false, Errno.Describe(-link), PrivilegeMend() ?? "another program may be attached there exclusively (bpftool cgroup tree), or the kernel lacks CONFIG_CGROUP_BPF");
    }

    private static ProbeResult Tcx()
    {
        const string Name = "attach tcx";
        return HasTcx()
            ? new(Name, true, "the kernel has tcx links", null)
            : new(Name, false, PrivilegeMend() is null ? "the kernel has no tcx links" : "could not be tried", PrivilegeMend() ?? "none needed: a classic tc filter serves instead; kernel 6.6 has tcx");
    }

    private static ProbeResult OfKernel(string name, bool available, string detail, string since, string and = "") => available
        ? new(name, true, detail, null)
        : new(name, false, PrivilegeMend() is null ? "refused by the kernel" : "could not be tried", PrivilegeMend() ?? $"use a kernel with it: {since} or later, or a vendor's backport{and}");

    private static string? PrivilegeMend() => Capabilities.OfThisProcess().MissingForBpf() is { Count: > 0 } missing
        ? $"run as root, or grant {string.Join(", ", missing)}"
        : null;
}
