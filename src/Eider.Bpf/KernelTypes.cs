// The kernel's numbers for program types, attach types, map types and link types (include/uapi/linux/bpf.h). A stable interface; a number this
// library has no name for passes through unchanged.

namespace Eider.Bpf;

public enum ProgramType
{
    Unspecified = 0,
    SocketFilter = 1,
    Kprobe = 2,
    TcClassifier = 3,
    TcAction = 4,
    Tracepoint = 5,
    Xdp = 6,
    PerfEvent = 7,
    CgroupSkb = 8,
    CgroupSock = 9,
    SockOps = 13,
    CgroupDevice = 15,
    RawTracepoint = 17,
    CgroupSockAddr = 18,
    CgroupSockopt = 25,
    Tracing = 26,
    StructOps = 27,
    Lsm = 29,
    SkLookup = 30,
    Syscall = 31,
}

public enum AttachType
{
    CgroupInetIngress = 0,
    CgroupInetEgress = 1,
    CgroupInetSockCreate = 2,
    CgroupSockOps = 3,
    CgroupInet4Connect = 10,
    CgroupInet6Connect = 11,
    CgroupUdp4SendMessage = 14,
    CgroupUdp6SendMessage = 15,
    CgroupUdp4ReceiveMessage = 19,
    CgroupUdp6ReceiveMessage = 20,
    TraceRawTracepoint = 23,
    TraceFentry = 24,
    TraceFexit = 25,
    LsmMac = 27,
    TraceIterator = 28,
    Xdp = 37,
    PerfEvent = 41,
    TcxIngress = 46,
    TcxEgress = 47,
}

public enum MapType
{
    Unspecified = 0,
    Hash = 1,
    Array = 2,
    ProgramArray = 3,
    PerfEventArray = 4,
    PerCpuHash = 5,
    PerCpuArray = 6,
    CgroupArray = 8,
    LruHash = 9,
    LruPerCpuHash = 10,
    LpmTrie = 11,
    ArrayOfMaps = 12,
    HashOfMaps = 13,
    Queue = 22,
    Stack = 23,
    SocketStorage = 24,
    RingBuffer = 27,
    InodeStorage = 28,
    TaskStorage = 29,
    BloomFilter = 30,
    CgroupStorage = 32,
}

public enum LinkType
{
    Unspecified = 0,
    RawTracepoint = 1,
    Tracing = 2,
    Cgroup = 3,
    Iterator = 4,
    NetworkNamespace = 5,
    Xdp = 6,
    PerfEvent = 7,
    Tcx = 11,
}

/// <summary>Flags of BPF_MAP_CREATE that a caller may want.</summary>
[Flags]
public enum MapFlags : uint
{
    None = 0,
    NoPreallocation = 1,
    NoCommonLru = 1 << 1,

    /// <summary>The map can be mapped into memory (<see cref="MappedArray{TValue}"/>).</summary>
    Mappable = 1 << 10,

    /// <summary>The maps inside an array of maps may differ in their number of entries.</summary>
    InnerSizeMayDiffer = 1 << 12,
}
