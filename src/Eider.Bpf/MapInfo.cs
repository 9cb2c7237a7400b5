// What the kernel tells of a map.

using Eider.Bpf.Native;

namespace Eider.Bpf;

/// <param name="Id">The kernel's number for it.</param>
/// <param name="Name">Cut at 15 octets.</param>
/// <param name="Type">Of the map.</param>
/// <param name="KeySize">Octets.</param>
/// <param name="ValueSize">Octets.</param>
/// <param name="MaxEntries">Room for entries; octets of a ring buffer.</param>
/// <param name="Flags">Of creation.</param>
/// <param name="MemoryBytes">What the kernel charges for it; before 6.3 an estimate that leaves out entries.</param>
public sealed record MapInfo(uint Id, string Name, MapType Type, int KeySize, int ValueSize, uint MaxEntries, MapFlags Flags, long MemoryBytes);

public sealed partial class BpfMap
{
    private static unsafe MapInfo ReadInfo(int fd, string name)
    {
        var info = default(KernelMapInfo);
        var length = (uint)sizeof(KernelMapInfo);
        var result = Libbpf.bpf_obj_get_info_by_fd(fd, &info, &length);
        return result == 0
            ? new(info.Id, Text.FromArray(info.Name, 16), (MapType)info.Type, (int)info.KeySize, (int)info.ValueSize, info.MaxEntries,
                (MapFlags)info.Flags, FdInfo.Number(fd, "memlock"))
            : throw new BpfException("read info of map", name, -result);
    }
}
