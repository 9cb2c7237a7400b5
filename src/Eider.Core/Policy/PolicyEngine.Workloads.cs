// Which posture holds for which cgroup: at once for those that appear, all over again when pods or policies change.

using System.Text;
using Eider.Core.Abi;
using Eider.Core.Enrich;

namespace Eider.Core.Policy;

public sealed partial class PolicyEngine
{
    private int unsettled;
    private int unseen;
    private long forgotten;

    /// <summary>Gives a new cgroup its posture before it runs anything, where a posture like it is known; else within a second. The pipeline's thread.</summary>
    /// <param name="path">From the root of the hierarchy; ends at NUL or with the span.</param>
    public void OnCgroupCreated(ulong id, ReadOnlySpan<byte> path)
    {
        var text = cgroups.OfTold(id, Encoding.UTF8.GetString(path.UntilNul()));
        lock (gate)
        {
            if (!workloads.TryAdd(id, text, out var node))
            {
                forgotten += workloads.Count >= WorkloadTree.Capacity ? 1 : 0;
            }
            else if (inForce is not null)
            {
                Greet(node, inForce);
            }
        }
    }

    /// <summary>Cgroups may have come and gone untold: they are looked for. Any thread.</summary>
    public void OnRecordsLost()
    {
        Interlocked.Exchange(ref unseen, 1);
        wake.Set();
    }

    /// <summary>The pipeline's thread.</summary>
    public void OnCgroupRemoved(ulong id)
    {
        lock (gate)
        {
            // Its id is never used again, and what still leaves its sockets is judged by the cgroup around it.
            if (workloads.Remove(id) is { Held.HasEntry: true })
            {
                TryAssign(id, null);
            }
        }
    }

    private void Greet(WorkloadNode node, CompiledPolicies compiled)
    {
        var above = node.Parent?.Held;
        var selection = WorkloadTree.Within(OwnOf(node, compiled), above);
        if (!compiled.TryFindPosture(selection, out var first))
        {
            // Until the thread has been there, it inherits.
            node.Held = (above ?? default) with { HasEntry = false };
            Interlocked.Exchange(ref unsettled, 1);
            wake.Set();
            return;
        }

        node.Held = WorkloadTree.Settle(node, selection, above, first, compiled.TellsWorkloadsApart(first), compiled.Tables.DefaultPosture);
        if (node.Held.HasEntry)
        {
            TryAssign(node.Id, node.Held.Entry);
        }
    }

    private void TryAssign(ulong id, WorkloadRecord? held)
    {
        try
        {
            maps.Assign(id, held);
            maps.Renew();
        }
        catch (PolicyException fault)
        {
            Trouble(fault.Message);
        }
    }

    /// <summary>Works out anew what holds for each cgroup in what is in force, and changes what differs.</summary>
    private void SettleAll()
    {
        try
        {
            lock (gate)
            {
                if (inForce is null)
                {
                    return;
                }

                var settled = SettleNodes(workloads.Nodes, inForce);
                maps.Extend(inForce.Tables);
                var changed = false;
                foreach (var (node, posture) in settled)
                {
                    if (posture.Entry != node.Held.Entry)
                    {
                        maps.Assign(node.Id, posture.Entry);
                        changed = true;
                    }

                    node.Held = posture;
                }

                if (changed)
                {
                    maps.Renew();
                }
            }
        }
        catch (PolicyException fault) when (fault.Fault == PolicyFault.TooMany || fault.Fault == PolicyFault.Kernel)
        {
            // What was added since the last compilation may be what fills the tables: without what nobody needs any more, there may be room.
            Apply(inForce!.Policies, isNew: false);
        }
    }

    /// <param name="nodes">Those around before those within.</param>
    private Dictionary<WorkloadNode, WorkloadPosture> SettleNodes(WorkloadNode[] nodes, CompiledPolicies compiled)
    {
        var settled = new Dictionary<WorkloadNode, WorkloadPosture>(nodes.Length);
        foreach (var node in nodes)
        {
            var parent = node.Parent;
            while (parent is not null && !settled.ContainsKey(parent))
            {
                parent = parent.Parent;
            }

            WorkloadPosture? above = parent is null ? null : settled[parent];
            var selection = WorkloadTree.Within(OwnOf(node, compiled), above);
            var first = compiled.FirstPosture(selection);
            settled.Add(node, WorkloadTree.Settle(node, selection, above, first, compiled.TellsWorkloadsApart(first), compiled.Tables.DefaultPosture));
        }

        return settled;
    }

    private Selection OwnOf(WorkloadNode node, CompiledPolicies compiled)
    {
        if (node.SelectedBy != compiled)
        {
            node.Own = compiled.Select(Workload.Of(new CgroupInfo(node.Id, node.Path), directory));
            node.SelectedBy = compiled;
        }

        return node.Own;
    }

    private static void Hold(Dictionary<WorkloadNode, WorkloadPosture> settled)
    {
        foreach (var (node, posture) in settled)
        {
            node.Held = posture;
        }
    }
}
