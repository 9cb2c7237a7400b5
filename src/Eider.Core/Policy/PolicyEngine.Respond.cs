// What Respond asks of the policies: which of them respond for a workload, and whether they still do.

using System.Text;
using Eider.Bpf;
using Eider.Core.Abi;
using Eider.Core.Decode;
using Eider.Core.Respond;

namespace Eider.Core.Policy;

public sealed partial class PolicyEngine
{
    /// <summary>Whether any policy in force responds to alerts of this detection. Any thread; without a lock, since most alerts are nobody's.</summary>
    public bool RespondsTo(string detection) => inForce?.RespondedTo.Contains(detection) == true;

    /// <summary>Another object after each change of what is in force; null where nothing is. Any thread.</summary>
    public object? Edition => inForce;

    /// <summary>The workload that a cgroup belongs to, with the policies that respond for it. Any thread.</summary>
    /// <param name="uid">Of the process; null where it is not known.</param>
    /// <returns>Null where none does, or the cgroup is not known.</returns>
    public RespondingWorkload? FindResponding(ulong cgroup, uint? uid)
    {
        lock (gate)
        {
            if (inForce is not { } compiled || workloads.Find(cgroup) is not { Held.Number: > 0 } node)
            {
                return null;
            }

            var userClass = uid is { } known ? compiled.ClassOf(known) : 0;
            var policies = compiled.PoliciesOf(node.Held.Selection, userClass).Where(policy => policy.Respond.Count > 0).ToArray();
            var outermost = OutermostOf(node);
            return policies.Length == 0 ? null : new RespondingWorkload(node.Held.Number, outermost.Id, outermost.Path, node.Held.First + userClass, policies);
        }
    }

    /// <summary>Whether a rule that names it, or a list, allows the name. Any thread; takes some tens of microseconds.</summary>
    /// <param name="name">As on the wire.</param>
    public bool IsAllowedByName(uint posture, byte[] name, ushort type, IpAddress server)
    {
        const ushort Internet = 1;
        if (explain is null)
        {
            return false;
        }

        try
        {
            VerdictRecord verdict;
            lock (gate)
            {
                verdict = explain.Ask(posture, [.. name, (byte)(type >> 8), (byte)type, 0, (byte)Internet], server);
            }

            return verdict.Action == (byte)VerdictAction.Allow && verdict.Reason == (byte)VerdictReason.Name && verdict.Rule != 0;
        }
        catch (Exception failure) when (failure is BpfException or InvalidOperationException)
        {
            // The kernel does not deny what a rule allows by name, whatever is said here.
            return false;
        }
    }

    /// <summary>Why a response is to end before its time; null where it is as policies say. Any thread.</summary>
    /// <param name="isChanged">Policies have changed since this was asked last: whether a rule allows the name by now is asked as well, which takes longer.</param>
    public string? WhyUnfounded(ActiveResponse response, bool isChanged)
    {
        lock (gate)
        {
            if (inForce is not { } compiled)
            {
                return null;
            }

            if (workloads.Find(response.CgroupId) is not { } node)
            {
                return "its workload is gone";
            }

            var policy = Enumerable.Range(0, (int)compiled.Tables.UserClassCount)
                .SelectMany(userClass => compiled.PoliciesOf(node.Held.Selection, (uint)userClass))
                .FirstOrDefault(policy => policy.FullName == response.Policy);
            return policy is null ? "its policy does not hold for the workload any more"
                : !policy.Respond.Any(rule => IsSame(rule, policy, response)) ? "its policy does not say so any more"
                : isChanged && response.Target.Action == ResponseAction.DenyName && IsAllowedByName(node.Held.First, Encoding.Latin1.GetBytes(response.Target.Name), RecordType.A, default) ? "a rule allows the name"
                : null;
        }
    }

    private static bool IsSame(RespondRule rule, DnsPolicy policy, ActiveResponse response) =>
        rule.Action == response.Target.Action && rule.Resolver == response.Resolver && rule.To.Contains(response.Detection)
        && (rule.Mode == RespondMode.DryRun || policy.Mode == PolicyMode.Audit) == response.IsDryRun;

    private static WorkloadNode OutermostOf(WorkloadNode node)
    {
        while (node.Parent is { } parent && parent.Held.Number == node.Held.Number)
        {
            node = parent;
        }

        return node;
    }
}
