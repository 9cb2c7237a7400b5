// What BPF_OBJ_GET_INFO_BY_FD fills in: the fields in use of the kernel's bpf_prog_info, bpf_map_info and bpf_link_info (include/uapi/linux/bpf.h).
// A kernel that knows fewer fields leaves the rest zero; one that knows more does not write past the size it is told.

using System.Runtime.InteropServices;

#pragma warning disable CS0649 // C fills these in, or reads them as zero.

namespace Eider.Bpf.Native;

[StructLayout(LayoutKind.Explicit, Size = 232)]
internal unsafe struct KernelProgramInfo
{
    [FieldOffset(0)]
    public uint Type;

    [FieldOffset(4)]
    public uint Id;

    [FieldOffset(8)]
    public fixed byte Tag[8];

    [FieldOffset(16)]
    public uint JitedLength;

    [FieldOffset(20)]
    public uint XlatedLength;

    [FieldOffset(64)]
    public fixed byte Name[16];

    [FieldOffset(192)]
    public ulong RunTimeNs;

    [FieldOffset(200)]
    public ulong RunCount;

    [FieldOffset(208)]
    public ulong RecursionMisses;

    [FieldOffset(216)]
    public uint VerifiedInstructions;
}

[StructLayout(LayoutKind.Explicit, Size = 88)]
internal unsafe struct KernelMapInfo
{
    [FieldOffset(0)]
    public uint Type;

    [FieldOffset(4)]
    public uint Id;

    [FieldOffset(8)]
    public uint KeySize;

    [FieldOffset(12)]
    public uint ValueSize;

    [FieldOffset(16)]
    public uint MaxEntries;

    [FieldOffset(20)]
    public uint Flags;

    [FieldOffset(24)]
    public fixed byte Name[16];
}

[StructLayout(LayoutKind.Explicit, Size = 64)]
internal struct KernelLinkInfo
{
    [FieldOffset(0)]
    public uint Type;

    [FieldOffset(4)]
    public uint Id;

    [FieldOffset(8)]
    public uint ProgramId;

    // A union by link type follows.
    [FieldOffset(16)]
    public ulong CgroupId;

    [FieldOffset(16)]
    public uint Ifindex;

    [FieldOffset(16)]
    public uint TracingAttachType;

    [FieldOffset(20)]
    public uint TcxAttachType;

    [FieldOffset(24)]
    public uint CgroupAttachType;
}
