// Compares every mirror of bpf/abi.h with the object that is about to run: an object of another version must not be believed.

using Eider.Bpf;
using Eider.Core.Policy;

namespace Eider.Core.Abi;

public static class AbiLayout
{
    /// <summary>Compares size and each offset of all structs that cross between kernel and agent. Some milliseconds, once.</summary>
    /// <param name="btf">Of the kernel object.</param>
    /// <returns>Every difference, in words; empty when object and agent fit.</returns>
    /// <exception cref="BpfMismatchException">The object lacks one of the structs.</exception>
    public static IReadOnlyList<string> Compare(Btf btf) =>
    [
        .. LayoutCheck.Compare<RecordHeader>(btf, "eider_header"),
        .. LayoutCheck.Compare<OwnerRecord>(btf, "eider_owner"),
        .. LayoutCheck.Compare<VerdictRecord>(btf, "eider_verdict"),
        .. LayoutCheck.Compare<DnsRecord>(btf, "eider_dns"),
        .. LayoutCheck.Compare<ExecRecord>(btf, "eider_exec"),
        .. LayoutCheck.Compare<ForkRecord>(btf, "eider_fork"),
        .. LayoutCheck.Compare<ExitRecord>(btf, "eider_exit"),
        .. LayoutCheck.Compare<CgroupRecord>(btf, "eider_cgroup"),
        .. LayoutCheck.Compare<ProbesRecord>(btf, "eider_probes"),
        .. LayoutCheck.Compare<IcmpRecord>(btf, "eider_icmp"),
        .. LayoutCheck.Compare<StateRecord>(btf, "eider_state"),
        .. LayoutCheck.Compare<NamesHeader>(btf, "eider_names"),
        .. LayoutCheck.Compare<DecisionKey>(btf, "eider_decision_key"),
        .. LayoutCheck.Compare<DecisionRecord>(btf, "eider_decision"),
        .. LayoutCheck.Compare<PostureRecord>(btf, "eider_posture"),
        .. LayoutCheck.Compare<WorkloadRecord>(btf, "eider_workload"),
        .. LayoutCheck.Compare<RuleRecord>(btf, "eider_rule"),
        .. LayoutCheck.Compare<ResolverKey>(btf, "eider_resolver_key"),
        .. LayoutCheck.Compare<ResponseKey>(btf, "eider_response_key"),
        .. LayoutCheck.Compare<ResponseRecord>(btf, "eider_response"),
        .. LayoutCheck.Compare<ReleaseRecord>(btf, "eider_release"),
        .. LayoutCheck.Compare<ExplainRecord>(btf, "eider_explain"),
        .. LayoutCheck.Compare<DeviceKey>(btf, "eider_device"),
    ];
}
