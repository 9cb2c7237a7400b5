// The mirror of bpf/abi.h, continued: what is done in response to alerts.

using System.Runtime.InteropServices;

namespace Eider.Core.Abi;

/// <param name="Name">Hash of the whole name; 0: the workload is quarantined.</param>
/// <param name="Workload">Number.</param>
[StructLayout(LayoutKind.Sequential)]
internal readonly record struct ResponseKey(ulong Name, uint Workload, uint Pad = 0);

[StructLayout(LayoutKind.Sequential)]
internal struct ResponseRecord
{
    public ulong UntilNs;
    public Octets4 ServerV4;
    public ushort ServerV4Port;
    public ushort ServerV6Port;
    public Octets16 ServerV6;
    public ulong SinceNs;
    public ulong CgroupId;
    public Octets256 Name;
    public Octets1024 Note;
}
