// The kernel side's counters by name: enum eider_counter of bpf/abi.h, in its order.

namespace Eider.Core.Sensors;

/// <summary>A slot of the kernel's per-CPU counters.</summary>
/// <param name="Name">As shown in status and metrics.</param>
/// <param name="IsLoss">Counts events that were not delivered, which are published as a <see cref="LossEvent"/>.</param>
/// <param name="Meaning">For people.</param>
public sealed record KernelCounter(string Name, bool IsLoss, string Meaning)
{
    public static readonly IReadOnlyList<KernelCounter> All =
    [
        new("dns_packets", false, "packets on a DNS port that carried payload"),
        new("dns_records", false, "records handed to the ring"),
        new("ring_full", true, "DNS records lost: no room in the ring"),
        new("ring_full_process", true, "process and cgroup records lost: no room in the ring"),
        new("load_failed", true, "DNS records lost: the packet could not be read"),
        new("cut_payload", false, "messages longer than the sensor carries"),
        new("malformed_headers", false, "packets whose IP or transport headers contradict themselves"),
        new("owner_unknown", false, "records of a socket whose process is not known"),
        new("owner_store_failed", false, "owners that could not be stored with their socket"),
        new("args_failed", false, "command lines that could not be read"),
    ];
}

/// <summary>A counter's value, all CPUs together, since the programs were loaded.</summary>
public readonly record struct CounterValue(KernelCounter Counter, long Value);
