// The mirror of bpf/abi.h, field for field. Sizes and offsets are compared with the object's BTF before it is loaded.

using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Eider.Core.Abi;

internal enum RecordKind : uint
{
    Dns = 1,
    Exec = 2,
    Fork = 3,
    Exit = 4,
    CgroupCreated = 5,
    CgroupRemoved = 6,
    Probes = 7,
    Icmp = 8,
}

[InlineArray(16)]
internal struct Octets16
{
    private byte _first;
}

[InlineArray(256)]
internal struct Octets256
{
    private byte _first;
}

[InlineArray(512)]
internal struct Octets512
{
    private byte _first;
}

[InlineArray(1024)]
internal struct Octets1024
{
    private byte _first;
}

[StructLayout(LayoutKind.Sequential)]
internal struct RecordHeader
{
    public RecordKind Type;
    public uint Size;
    public ulong TimeNs;
}

[StructLayout(LayoutKind.Sequential)]
internal struct OwnerRecord
{
    public ulong StartNs;
    public ulong CgroupId;
    public ulong NetnsCookie;
    public uint Pid;
    public uint Uid;
    public Octets16 Comm;
}

[StructLayout(LayoutKind.Sequential)]
internal struct VerdictRecord
{
    public uint Generation;
    public ushort Rule;
    public ushort AuditRule;
    public byte Action;
    public byte Reason;
    public byte AuditAction;
    public byte Pad;
}

[StructLayout(LayoutKind.Sequential)]
internal struct DnsRecord
{
    public RecordHeader Header;
    public OwnerRecord Owner;
    public VerdictRecord Verdict;
    public Octets16 Source;
    public Octets16 Destination;
    public ushort SourcePort;
    public ushort DestinationPort;
    public uint TcpSequence;
    public uint WireLen;
    public ushort Len;
    public byte Protocol;
    public byte Direction;
    public byte Flags;
    public byte TcpFlags;
    public ushort HoldMs;

    public const byte Egress = 1;
    public const byte Tcp = 6;
}

[StructLayout(LayoutKind.Sequential)]
internal struct ExecRecord
{
    public RecordHeader Header;
    public ulong StartNs;
    public ulong CgroupId;
    public uint Pid;
    public uint ParentPid;
    public uint Uid;
    public ushort ArgsLen;
    public ushort ArgsCut;
    public uint ExeStart;
    public uint Pad;
    public Octets16 Comm;
    public Octets256 Path;
    public Octets512 Exe;
    public Octets512 Args;

    /// <summary>EIDER_PATH_LEN: where the path of the binary ends.</summary>
    public const int ExeEnd = 256;
}

[StructLayout(LayoutKind.Sequential)]
internal struct ForkRecord
{
    public RecordHeader Header;
    public ulong StartNs;
    public ulong CgroupId;
    public uint Pid;
    public uint ParentPid;
    public uint Uid;
    public uint Pad;
    public Octets16 Comm;
}

[StructLayout(LayoutKind.Sequential)]
internal struct ExitRecord
{
    public RecordHeader Header;
    public ulong StartNs;
    public uint Pid;
    public uint ExitCode;
}

/// <summary>A bit for each port, by its hash.</summary>
[InlineArray(Words)]
internal struct PortBits
{
    public const int Words = 4;

    private ulong _first;
}

[StructLayout(LayoutKind.Sequential)]
internal struct ProbesRecord
{
    public RecordHeader Header;
    public ulong NetnsCookie;
    public Octets16 Source;
    public Octets16 Destination;
    public PortBits Ports;
    public uint Packets;
    public ushort SourcePort;
    public ushort DestinationPort;
}

[InlineArray(16)]
internal struct QuotedPorts
{
    private ushort _first;
}

[StructLayout(LayoutKind.Sequential)]
internal struct IcmpRecord
{
    public RecordHeader Header;
    public Octets16 Client;
    public Octets16 Server;
    public Octets16 Sender;
    public PortBits Ports;
    public ulong Senders;
    public QuotedPorts LastPorts;
    public uint Packets;
    public ushort ServerPort;
    public ushort SmallestMtu;
    public uint Kind;
    public uint Pad;
}

[StructLayout(LayoutKind.Sequential)]
internal struct CgroupRecord
{
    public RecordHeader Header;
    public ulong Id;
    public Octets1024 Path;
}
