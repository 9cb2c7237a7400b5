// What one side is made of, and how it is filled.

using System.Runtime.InteropServices;
using Eider.Bpf;
using Eider.Core.Abi;

namespace Eider.Core.Policy;

internal sealed partial class PolicyMaps
{
    private const uint SideBit = 1u << 31;
    private const int TypeCount = ushort.MaxValue + 1;

    /// <summary>Adds what the tables have grown by to the side in force. Reached by nobody until a workload is given one of the new postures.</summary>
    /// <exception cref="PolicyException">There is no room, or the kernel refused; what is in force goes on as it was.</exception>
    public void Extend(PolicyTables tables)
    {
        try
        {
            WriteRest(Side, inForce!, tables);
            state[0].Side[(int)Side].Flags = tables.Flags;
        }
        catch (BpfException refused)
        {
            throw Refused(refused);
        }
    }

    /// <summary>Gives one cgroup a posture, or takes its own from it, on the side in force.</summary>
    /// <param name="held">Null: that of the nearest cgroup above.</param>
    /// <exception cref="PolicyException">The table is full.</exception>
    public void Assign(ulong cgroup, WorkloadRecord? held)
    {
        try
        {
            if (held is { } entry)
            {
                inForce!.WorkloadEntries.Set(cgroup, entry);
            }
            else
            {
                inForce!.WorkloadEntries.Delete(cgroup);
            }
        }
        catch (BpfException refused)
        {
            throw Refused(refused);
        }
    }

    /// <summary>Has every socket look again with its next query which posture holds for it.</summary>
    /// <returns>The generation, which is another, of the same side.</returns>
    public uint Renew()
    {
        // Sockets keep what they found for a generation.
        ref var record = ref state[0];
        Volatile.Write(ref record.Generation, After(record.Generation, 2));
        return record.Generation;
    }

    private void WriteRest(uint side, InnerMaps of, PolicyTables tables)
    {
        // Both sides share one array: what is too much for one would run into the other.
        tables.CheckRoom();
        Write(rules, tables.Rules, of.Rules, (int)side * PolicyLimits.Rules);
        of.Rules = tables.Rules.Count;
        foreach (var key in CollectionsMarshal.AsSpan(tables.Resolvers)[of.Resolvers..])
        {
            resolvers.Set(new ResolverKey { Resolvers = key.Resolvers | (side == 0 ? 0 : SideBit), Address = key.Address }, 1);
        }

        of.Resolvers = tables.Resolvers.Count;
        of.DecisionEntries.SetBatch(CollectionsMarshal.AsSpan(tables.DecisionKeys)[of.DecisionCount..], CollectionsMarshal.AsSpan(tables.Decisions)[of.DecisionCount..]);
        of.DecisionCount = tables.Decisions.Count;
        Write(postures, PosturesOf(tables, of.Postures), 0, ((int)side * PolicyLimits.Postures) + of.Postures);
        of.Postures = tables.Postures.Count;
    }

    /// <summary>With the first of their servers, which the kernel compares before it looks into the table.</summary>
    private static List<PostureRecord> PosturesOf(PolicyTables tables, int from)
    {
        var servers = tables.Resolvers.ToLookup(key => key.Resolvers, key => key.Address);
        var written = tables.Postures[from..];
        foreach (ref var posture in CollectionsMarshal.AsSpan(written))
        {
            if (!posture.Flags.HasFlag(PostureFlags.Resolvers))
            {
                continue;
            }

            foreach (var server in servers[posture.Resolvers].Take(FirstServers.Count))
            {
                posture.Server[(int)posture.FirstServers++] = server;
            }
        }

        return written;
    }

    private static void Write<T>(ArrayMap<T> map, List<T> values, int from, int offset)
        where T : unmanaged
    {
        var indexes = new int[values.Count - from];
        for (var i = 0; i < indexes.Length; i++)
        {
            indexes[i] = offset + from + i;
        }

        map.SetBatch(indexes, CollectionsMarshal.AsSpan(values)[from..]);
    }

    private void WriteClasses(uint side, PolicyTables tables)
    {
        foreach (var (uid, userClass) in tables.UserClasses)
        {
            users.Set(new SideKey(side, uid), userClass);
        }

        var classes = TypesOf(side);
        foreach (var (type, typeClass) in tables.TypeClasses)
        {
            classes[type] = typeClass;
        }
    }

    /// <summary>Class of each question type.</summary>
    private Span<byte> TypesOf(uint side) => MemoryMarshal.AsBytes(types.Span).Slice((int)side * TypeCount, TypeCount);

    private void WriteFilter(uint side, KernelNames table)
    {
        // Mapped only now: what is mapped counts as this process's memory.
        using var mapped = new MappedArray<ulong>(filter);
        table.WriteFilter(mapped.Span.Slice((int)side * NameFilter.Words, NameFilter.Words));
    }

    /// <summary>The tables that both sides share; arrays are written over, and what is left behind in them nothing points at.</summary>
    private void ClearSide(uint side)
    {
        Clear(resolvers, key => key.Resolvers >> 31 == side);
        Clear(users, key => key.Side == side);
        TypesOf(side).Clear();
    }

    private static void Clear<TKey, TValue>(HashMap<TKey, TValue> map, Func<TKey, bool> isOfSide)
        where TKey : unmanaged
        where TValue : unmanaged =>
        map.DeleteBatch(map.Entries().Select(entry => entry.Key).Where(isOfSide).ToArray());

    /// <summary>The maps of one side that are its own.</summary>
    private sealed class InnerMaps : IDisposable
    {
        private InnerMaps(KernelNames names, BpfMap decisions, BpfMap workloads)
        {
            (Names, Decisions, Workloads) = (names, decisions, workloads);
            DecisionEntries = new HashMap<DecisionKey, DecisionRecord>(decisions);
            WorkloadEntries = new HashMap<ulong, WorkloadRecord>(workloads);
        }

        public KernelNames Names { get; }

        public BpfMap Decisions { get; }

        public BpfMap Workloads { get; }

        public HashMap<DecisionKey, DecisionRecord> DecisionEntries { get; }

        public HashMap<ulong, WorkloadRecord> WorkloadEntries { get; }

        /// <summary>How much of the tables has been written, as all counts below.</summary>
        public int Rules { get; set; }

        public int Resolvers { get; set; }

        public int DecisionCount { get; set; }

        public int Postures { get; set; }

        /// <param name="names">Taken over, also in case of failure.</param>
        public static unsafe InnerMaps Create(KernelNames names, int decisions, int workloads)
        {
            BpfMap? decisionMap = null;
            try
            {
                decisionMap = BpfMap.Create(
                    MapType.Hash, "eider_decisions", sizeof(DecisionKey), sizeof(DecisionRecord), (uint)decisions, MapFlags.NoPreallocation);
                var workloadMap = BpfMap.Create(MapType.Hash, "eider_workloads", sizeof(ulong), sizeof(WorkloadRecord), (uint)workloads, MapFlags.NoPreallocation);
                return new InnerMaps(names, decisionMap, workloadMap);
            }
            catch
            {
                decisionMap?.Dispose();
                names.Dispose();
                throw;
            }
        }

        public void Dispose()
        {
            Names.Dispose();
            Decisions.Dispose();
            Workloads.Dispose();
        }
    }
}
