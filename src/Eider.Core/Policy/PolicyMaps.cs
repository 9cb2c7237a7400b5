// The policy tables in the kernel: two sides, and a generation whose lowest bit names the side in force. The only writer of them.

using System.Runtime.InteropServices;
using Eider.Bpf;
using Eider.Core.Abi;

namespace Eider.Core.Policy;

/// <summary>
/// Puts compiled policies in force, all or nothing: they are written to the side that is not in force, and then the generation is counted up in one store.
/// <para>Why no packet is judged by half of either: a program reads the generation once and keeps to its side. It runs within one RCU read section, and the
/// kernel's update of a map of maps returns only after an RCU grace period (maybe_wait_bpf_programs, 5.0+). A side is emptied only after such a period has
/// passed since it went out of force (<see cref="Retire"/>), and written only after another that its new inner maps themselves bring (<see cref="Prepare"/>).
/// A sleepable program, which policy_explain is, is not waited for: who runs it compares generations before and after.</para>
/// <para>Not thread-safe.</para>
/// </summary>
internal sealed partial class PolicyMaps : IDisposable
{
    private const int SmallestDecisionTable = 1024;

    private readonly MappedArray<StateRecord> state;
    private readonly MapInMap<uint> names;
    private readonly MapInMap<uint> decisions;
    private readonly MapInMap<uint> workloads;
    private readonly ArrayMap<PostureRecord> postures;
    private readonly ArrayMap<RuleRecord> rules;
    private readonly HashMap<ResolverKey, byte> resolvers;
    private readonly HashMap<SideKey, uint> users;
    private readonly MappedArray<ulong> types;
    private readonly BpfMap filter;
    private readonly InnerMaps empty = InnerMaps.Create(KernelNames.Create(2), 1, 1);
    private InnerMaps? inForce;
    private InnerMaps? prepared;
    private InnerMaps? retiring;

    /// <param name="map">Finds a map by its name in bpf/lib/policy_maps.h, in a loaded object or among pins. Maps stay the caller's to dispose.</param>
    /// <exception cref="BpfMismatchException">A map has another shape than this agent's.</exception>
    public PolicyMaps(Func<string, BpfMap> map)
    {
        state = new MappedArray<StateRecord>(map("policy_state"));
        names = new MapInMap<uint>(map("policy_names"));
        decisions = new MapInMap<uint>(map("policy_decisions"));
        workloads = new MapInMap<uint>(map("policy_workloads"));
        postures = new ArrayMap<PostureRecord>(map("policy_postures"));
        rules = new ArrayMap<RuleRecord>(map("policy_rules"));
        resolvers = new HashMap<ResolverKey, byte>(map("policy_resolvers"));
        users = new HashMap<SideKey, uint>(map("policy_users"));
        types = new MappedArray<ulong>(map("policy_types"));
        filter = map("policy_filter");
    }

    /// <summary>0: no policies. Any thread.</summary>
    public uint Generation => Volatile.Read(ref state[0].Generation);

    /// <summary>Kernel memory of the table of names in force, octets.</summary>
    public long NamesOctets => inForce?.Names.Map.Info().MemoryBytes ?? 0;

    private uint Side => Generation & 1;

    /// <summary>Writes everything but workloads to the side that is not in force. Takes tens of milliseconds of waiting for the kernel.</summary>
    /// <param name="table">Written already; disposed here, later or in case of failure at once.</param>
    /// <exception cref="PolicyException">There is no room, or the kernel refused; nothing has changed.</exception>
    public void Prepare(PolicyTables tables, KernelNames table)
    {
        var side = Side ^ 1;
        try
        {
            if (retiring is not null)
            {
                Retire();
            }

            prepared?.Dispose();
            prepared = null;
            prepared = InnerMaps.Create(table, Math.Max(SmallestDecisionTable, 2 * tables.Decisions.Count), PolicyLimits.Workloads);
            Put(side, prepared);
            WriteFilter(side, prepared.Names);
            ClearSide(side);
            WriteRest(side, prepared, tables);
            WriteClasses(side, tables);
        }
        catch (Exception refused) when (refused is BpfException or PolicyException)
        {
            Discard();
            throw Refused(refused);
        }
    }

    /// <summary>Writes what has been added since <see cref="Prepare"/>, and where which posture holds, and puts it all in force.</summary>
    /// <param name="assigned">By cgroup id.</param>
    /// <returns>The new generation.</returns>
    /// <exception cref="PolicyException">There is no room, or the kernel refused; nothing has changed.</exception>
    public uint Commit(PolicyTables tables, IReadOnlyDictionary<ulong, WorkloadRecord> assigned)
    {
        var side = Side ^ 1;
        try
        {
            WriteRest(side, prepared!, tables);
            foreach (var (cgroup, held) in assigned)
            {
                prepared!.WorkloadEntries.Set(cgroup, held);
            }
        }
        catch (Exception refused) when (refused is BpfException or PolicyException)
        {
            Discard();
            throw Refused(refused);
        }

        ref var record = ref state[0];
        record.Side[(int)side] = new SideRecord
        {
            DefaultPosture = tables.DefaultPosture,
            UserClasses = tables.UserClassCount,
            Flags = tables.Flags,
            Names = prepared!.Names.Header,
        };
        KeepQuestions(ref record, tables.Questions);
        Volatile.Write(ref record.Generation, After(record.Generation, 1));
        (inForce, prepared, retiring) = (prepared, null, inForce);
        return record.Generation;
    }

    /// <summary>Gives back the memory of the side that <see cref="Commit"/> put out of force.</summary>
    public void Retire()
    {
        // The same map again: only to wait until the last program that began before the commit has ended.
        names.Set(Side, inForce!.Names.Map);
        Put(Side ^ 1, empty);
        retiring?.Dispose();
        retiring = null;
    }

    /// <summary>Forgets what was prepared.</summary>
    public void Discard()
    {
        if (prepared is not null)
        {
            Put(Side ^ 1, empty);
            prepared.Dispose();
            prepared = null;
        }
    }

    public void Dispose()
    {
        inForce?.Dispose();
        prepared?.Dispose();
        retiring?.Dispose();
        empty.Dispose();
        types.Dispose();
        state.Dispose();
    }

    /// <summary>Until then answers may be held back: somebody is there to let go of them. Any thread.</summary>
    /// <param name="boottimeNs">On <see cref="Clock.BoottimeNs"/>.</param>
    public void HoldUntil(ulong boottimeNs) => Volatile.Write(ref state[0].HoldingUntilNs, boottimeNs);

    /// <summary>From now on the kernel keeps open questions, or it does no longer. What is kept stays good over a change of policies, and its keys with it.</summary>
    private static void KeepQuestions(ref StateRecord record, NameKeys? keys)
    {
        if (keys is not { } fresh)
        {
            record.QuestionsSinceNs = 0;
            return;
        }

        if (record.Secret[0] == 0)
        {
            (record.Secret[0], record.Secret[1]) = (fresh.Multiplier1, fresh.Multiplier2);
        }

        if (record.QuestionsSinceNs == 0)
        {
            record.QuestionsSinceNs = Clock.BoottimeNs();
        }
    }

    private static PolicyException Refused(Exception refused) => refused as PolicyException ?? new(PolicyFault.Kernel, refused.Message, refused);

    /// <summary>Generation 0 is no generation.</summary>
    private static uint After(uint generation, uint step) => generation + step is 0 ? 2 : generation + step;

    private void Put(uint side, InnerMaps inner)
    {
        names.Set(side, inner.Names.Map);
        decisions.Set(side, inner.Decisions);
        workloads.Set(side, inner.Workloads);
    }
}
