// Putting a loaded program on its hook. Every variant gives a BpfLink, which is the attachment.

using System.Runtime.InteropServices;
using Eider.Bpf.Native;

namespace Eider.Bpf;

public sealed partial class BpfProgram
{
    /// <summary>Attaches to a cgroup v2 directory and all below it, beside programs already there.</summary>
    /// <param name="cgroupPath">E.g. <see cref="CgroupV2.Find"/>'s path for the root.</param>
    /// <exception cref="BpfException">Not a cgroup v2 directory (EBADF), another program sits there exclusively (EPERM), the kernel is older than 5.7.</exception>
    public BpfLink AttachCgroup(string cgroupPath)
    {
        var cgroup = Libc.open(cgroupPath, Libc.OpenReadOnly | Libc.OpenDirectory | Libc.OpenCloseOnExec);
        if (cgroup < 0)
        {
            throw new BpfException("open cgroup", cgroupPath, Marshal.GetLastPInvokeError());
        }

        try
        {
            return Link(cgroupPath, CreateLink(cgroup));
        }
        finally
        {
            _ = Libc.close(cgroup);
        }
    }

    /// <inheritdoc cref="AttachCgroup(string)"/>
    /// <param name="cgroupFd">An open cgroup v2 directory; stays the caller's.</param>
    public BpfLink AttachCgroup(SafeHandle cgroupFd)
    {
        var taken = false;
        try
        {
            cgroupFd.DangerousAddRef(ref taken);
            return Link("cgroup", CreateLink((int)cgroupFd.DangerousGetHandle()));
        }
        finally
        {
            if (taken)
            {
                cgroupFd.DangerousRelease();
            }
        }
    }

    /// <summary>Attaches to an interface's XDP hook: one program an interface.</summary>
    /// <param name="ifindex">Of an interface of this network namespace.</param>
    /// <param name="mode">Where in the receive path.</param>
    /// <exception cref="BpfException">Another program is there (EBUSY), no such interface (ENODEV), the driver cannot (EOPNOTSUPP); needs 5.9.</exception>
    public unsafe BpfLink AttachXdp(int ifindex, XdpMode mode = XdpMode.Best)
    {
        var options = new LinkCreateOptions { Size = (nuint)sizeof(LinkCreateOptions), Flags = (uint)mode };
        return Link($"XDP of interface {ifindex}", Libbpf.bpf_link_create(Fd, ifindex, (int)AttachType.Xdp, &options));
    }

    /// <summary>Attaches a program of section <c>tp_btf/…</c>, <c>raw_tp/…</c>, <c>fentry/…</c>, <c>fexit/…</c> or <c>lsm/…</c> to what its section names.</summary>
    /// <exception cref="BpfException">There is no such hook; needs 5.5 and CAP_PERFMON.</exception>
    public BpfLink AttachTrace()
    {
        if (Type == ProgramType.RawTracepoint)
        {
            return AttachRawTracepoint(Section[(Section.IndexOf('/') + 1)..]);
        }

        var fd = CreateLink(0);
        return Link(Section, fd == -Errno.Invalid ? Libbpf.bpf_raw_tracepoint_open(null, Fd) : fd);
    }

    /// <summary>Attaches a program of section <c>raw_tp</c> to a tracepoint by name, e.g. <c>sched_process_exec</c>.</summary>
    /// <exception cref="BpfException">There is no such tracepoint (ENOENT).</exception>
    public BpfLink AttachRawTracepoint(string tracepoint) => Link($"tracepoint {tracepoint}", Libbpf.bpf_raw_tracepoint_open(tracepoint, Fd));

    private unsafe int CreateLink(int target) => Libbpf.bpf_link_create(Fd, target, (int)AttachType, null);

    private BpfLink Link(string target, int fd) => fd >= 0
        ? new BpfLink(new Handle(fd, $"link of {Name}"), Name)
        : throw new BpfException($"attach program {Name} to", target, -fd, suggestion: AttachMend(-fd));

    private string? AttachMend(int errno) => errno switch
    {
        Errno.BadDescriptor when Section.StartsWith("cgroup", StringComparison.Ordinal) => "the directory must be of cgroup v2: see /proc/self/mountinfo for type cgroup2",
        Errno.Busy => "another program is attached there: detach it first",
        Errno.Exists => "the program is attached there already",
        Errno.NoDevice => "there is no such interface in this network namespace",
        _ => Suggestions.For(errno, ""),
    };
}

/// <summary>Where in the receive path an XDP program runs (XDP_FLAGS_*).</summary>
public enum XdpMode : uint
{
    /// <summary>In the driver where it can, else generic.</summary>
    Best = 0,

    /// <summary>On socket buffers; any interface, slower.</summary>
    Generic = 1 << 1,

    /// <summary>In the driver, or not at all.</summary>
    Driver = 1 << 2,
}
