// The kernel side's counters by name: enum eider_counter of bpf/abi.h, in its order.

namespace Eider.Core.Sensors;

/// <summary>A slot of the kernel's per-CPU counters.</summary>
/// <param name="Name">As shown in status and metrics.</param>
/// <param name="IsLoss">Counts events that were not delivered, which are published as a <see cref="LossEvent"/>.</param>
/// <param name="Meaning">For people.</param>
public sealed record KernelCounter(string Name, bool IsLoss, string Meaning)
{
    /// <summary>Slot of DNS records for which the ring had no room: EIDER_LOST_RING_FULL.</summary>
    public const int LostRecords = 1;

    /// <summary>Slot of what Enrich was not told: EIDER_LOST_RING_FULL_PROCESS.</summary>
    public const int LostProcesses = 2;

    public static readonly IReadOnlyList<KernelCounter> All =
    [
        new("dns_packets", false, "packets on a DNS port that carried payload"),
        new("ring_full", true, "DNS records lost: no room in the ring"),
        new("ring_full_process", true, "process and cgroup records lost: no room in the ring"),
        new("load_failed", true, "DNS records lost: the packet could not be read"),
        new("cut_payload", false, "messages longer than the sensor carries"),
        new("malformed_headers", false, "packets whose IP or transport headers contradict themselves"),
        new("owner_unknown", false, "records of a socket whose process is not known"),
        new("owner_store_failed", false, "owners that could not be stored with their socket"),
        new("args_failed", false, "command lines that could not be read"),
        new("denied", false, "queries denied"),
        new("denied_malformed", false, "queries denied because they could not be read"),
        new("answered", false, "denied queries answered on the wire"),
        new("denied_dropped", false, "denied queries dropped: the wire layer does not reach their device"),
        new("verdict_failed", false, "queries denied because there was no room to judge them"),
        new("answer_failed", false, "denied queries dropped because they could not be turned into an answer"),
        new("unattributed", false, "queries that no socket sent, judged by their device's workload"),
        new("questions_shed", false, "open questions let go of for want of room: their answers cannot be judged"),
        new("forged", false, "forged answers dropped before their socket received them"),
        new("unjudged", false, "answers that fit no question and were let pass, because the question may not have been seen"),
        new("undelivered", false, "responses to ports that no socket listens on"),
        new("answers_denied", false, "answers denied: for a private address, for an alias of a denied name, or because they could not be read"),
        new("answers_replaced", false, "denied answers replaced on the wire"),
        new("held", false, "suspicious early answers held back"),
        new("held_better", false, "questions whose better answer came while another was held back"),
        new("held_released", false, "answers let go of because no better one came"),
        new("not_held", false, "suspicious early answers let pass, because nobody could have let go of them"),
        new("untold", false, "dropped and undelivered responses past the rate at which they are told one by one"),
        new("answers_unread", false, "answers denied because they could not be read, or their connection not be followed"),
        new("segments_withheld", false, "segments of answers over TCP not let in until they come again, in order"),
        new("connections_reset", false, "connections ended on the wire because an answer on them was denied"),
        new("probed", false, "packets from DNS ports to ports that no socket listens on, which are no responses"),
        new("icmp_quotes", false, "ICMP errors received that quote questions, or answers that are to be cut small"),
    ];
}

/// <summary>A counter's value, all CPUs together, since the programs were loaded.</summary>
public readonly record struct CounterValue(KernelCounter Counter, long Value);
