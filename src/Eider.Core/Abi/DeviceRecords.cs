// The mirror of bpf/abi.h, continued: what the wire layer is told of devices.

using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Eider.Core.Abi;

/// <summary>A network device as a sender's namespace numbers it.</summary>
[StructLayout(LayoutKind.Sequential)]
internal record struct DeviceKey(ulong NetnsCookie, uint Ifindex, uint Pad);

internal enum Reach : byte
{
    /// <summary>The wire layer answers what the socket layer denied.</summary>
    Host = 1,

    /// <summary>And judges what no socket sent.</summary>
    Workload = 2,
}

/// <summary>Ids of the workload's cgroup and of those around it, the nearest first; 0: no more.</summary>
[InlineArray(Cgroups)]
internal struct DeviceOwner
{
    public const int Cgroups = 8;

    private ulong _cgroupId;
}
