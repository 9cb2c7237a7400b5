// What the kernel tells of a link.

using Eider.Bpf.Native;

namespace Eider.Bpf;

/// <param name="Id">The kernel's number for it; 0 for a classic tc filter, which is no link.</param>
/// <param name="Type">Of the link; unspecified for a classic tc filter.</param>
/// <param name="ProgramId">The program that is attached now.</param>
/// <param name="AttachType">Where; null for types that have only one place.</param>
/// <param name="CgroupId">For cgroup links; 0 once the cgroup is gone.</param>
/// <param name="Ifindex">For XDP and tc; 0 once the interface is gone.</param>
public sealed record LinkInfo(uint Id, LinkType Type, uint ProgramId, AttachType? AttachType, ulong? CgroupId, int? Ifindex)
{
    internal static unsafe LinkInfo Read(int fd, string name)
    {
        var info = default(KernelLinkInfo);
        var length = (uint)sizeof(KernelLinkInfo);
        var result = Libbpf.bpf_obj_get_info_by_fd(fd, &info, &length);
        if (result < 0)
        {
            throw new BpfException("read info of link of", name, -result);
        }

        var type = (LinkType)info.Type;
        return new(info.Id, type, info.ProgramId, AttachTypeOf(type, info), type == LinkType.Cgroup ? info.CgroupId : null,
            type is LinkType.Xdp or LinkType.Tcx ? (int)info.Ifindex : null);
    }

    private static AttachType? AttachTypeOf(LinkType type, in KernelLinkInfo info) => type switch
    {
        LinkType.Cgroup => (AttachType)info.CgroupAttachType,
        LinkType.Tcx => (AttachType)info.TcxAttachType,
        LinkType.Tracing => (AttachType)info.TracingAttachType,
        _ => null,
    };
}
