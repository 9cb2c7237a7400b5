// libbpf's option structs, in the layout of bpf/libbpf.h and bpf/bpf.h 1.0. The leading Size tells libbpf which fields are known; it accepts shorter structs.

using System.Runtime.InteropServices;

#pragma warning disable CS0649 // C fills these in, or reads them as zero.

namespace Eider.Bpf.Native;

internal unsafe struct OpenOptions
{
    public nuint Size;
    public byte* ObjectName;
    public byte RelaxedMaps;
    public byte* PinRootPath;
    public uint Removed;
    public byte* Kconfig;
    public byte* BtfCustomPath;
}

internal struct MapCreateOptions
{
    public nuint Size;
    public int BtfFd;
    public uint BtfKeyTypeId;
    public uint BtfValueTypeId;
    public uint BtfVmlinuxValueTypeId;
    public int InnerMapFd;
    public uint Flags;
    public ulong Extra;
    public uint NumaNode;
    public uint Ifindex;
}

internal struct BatchOptions
{
    public nuint Size;
    public ulong ElementFlags;
    public ulong Flags;
}

internal unsafe struct LinkCreateOptions
{
    public nuint Size;
    public uint Flags;
    public void* IteratorInfo;
    public uint IteratorInfoLength;
    public uint TargetBtfId;
    public ulong Cookie;
}

/// <summary>union bpf_iter_link_info: the map to walk, or the task to walk (pid at octet 4, as struct {tid, pid, pid_fd}).</summary>
[StructLayout(LayoutKind.Explicit, Size = 16)]
internal struct IteratorInfo
{
    [FieldOffset(0)]
    public int MapFd;

    [FieldOffset(4)]
    public int Pid;
}

internal unsafe struct TestRunOptions
{
    public nuint Size;
    public byte* DataIn;
    public byte* DataOut;
    public uint DataSizeIn;
    public uint DataSizeOut;
    public byte* ContextIn;
    public byte* ContextOut;
    public uint ContextSizeIn;
    public uint ContextSizeOut;
    public uint ReturnValue;
    public int Repeat;
    public uint DurationNs;
    public uint Flags;
    public uint Cpu;
    public uint BatchSize;
}

internal unsafe struct ProgramLoadOptions
{
    public nuint Size;
    public int Attempts;
    public int ExpectedAttachType;
    public int ProgramBtfFd;
    public uint Flags;
    public uint Ifindex;
    public uint KernelVersion;
    public uint AttachBtfId;
    public int AttachProgramFd;
    public int AttachBtfObjectFd;
    public int* FdArray;
    public void* FunctionInfo;
    public uint FunctionInfoCount;
    public uint FunctionInfoSize;
    public void* LineInfo;
    public uint LineInfoCount;
    public uint LineInfoSize;
    public uint LogLevel;
    public uint LogSize;
    public byte* LogBuffer;
}

internal struct TcHook
{
    public nuint Size;
    public int Ifindex;
    public int AttachPoint;
    public uint Parent;
}

internal struct TcOptions
{
    public nuint Size;
    public int ProgramFd;
    public uint Flags;
    public uint ProgramId;
    public uint Handle;
    public uint Priority;
}
