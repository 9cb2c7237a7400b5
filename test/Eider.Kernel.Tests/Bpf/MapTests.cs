// Typed views of maps, against the kernel and against what programs see.

using System.Net;
using System.Net.Sockets;
using Eider.Bpf;

namespace Eider.Kernel.Tests.Bpf;

public sealed class MapTests
{
    private record struct Key(uint Id, ushort Port, ushort Pad);

    private record struct Value(ulong Count, uint Last, uint Pad);

    private record struct Octets4(byte A, byte B, byte C, byte D);

    private static readonly byte[] Frame = new byte[64];

    [KernelFact]
    public void Hash_shares_its_entries_with_programs()
    {
        using var loaded = Load();
        var flows = new HashMap<Key, Value>(loaded.Map("flows"));
        var key = new Key(7, 53, 0);

        Assert.False(flows.TryGet(key, out _));
        loaded.Program("touch_flow").TestRun(Frame, repeat: 3);
        Assert.True(flows.TryGet(key, out var value));
        Assert.Equal(new Value(3, (uint)Frame.Length, 0), value);

        flows.Set(key, new Value(100, 0, 0), MapWrite.Existing);
        loaded.Program("touch_flow").TestRun(Frame);
        Assert.True(flows.TryTake(key, out value));
        Assert.Equal(101ul, value.Count);
        Assert.False(flows.Delete(key));
    }

    [KernelFact]
    public void Writes_that_insist_fail_with_their_errno()
    {
        using var loaded = Load();
        var recent = new HashMap<uint, uint>(loaded.Map("recent"));
        recent.Set(1, 1, MapWrite.New);

        Assert.Equal("EEXIST", Assert.Throws<BpfException>(() => recent.Set(1, 2, MapWrite.New)).ErrnoName);
        Assert.Equal("ENOENT", Assert.Throws<BpfException>(() => recent.Set(2, 2, MapWrite.Existing)).ErrnoName);
    }

    [KernelFact]
    public void Full_hash_says_that_it_is_full()
    {
        using var map = BpfMap.Create(MapType.Hash, "small", 4, 4, 2);
        var small = new HashMap<int, int>(map);
        small.SetBatch([1, 2], [1, 2]);

        var thrown = Assert.Throws<BpfException>(() => small.Set(3, 3));

        Assert.Equal(Errno.TooBig, thrown.Errno);
        Assert.Contains("full (2 entries)", thrown.Message);
    }

    [KernelFact]
    public void Lru_hash_takes_more_than_it_holds()
    {
        using var loaded = Load();
        var recent = new HashMap<uint, uint>(loaded.Map("recent"));

        for (var i = 0u; i < 1000; i++)
        {
            recent.Set(i, i);
        }

        Assert.True(recent.TryGet(999, out _));
        Assert.InRange(recent.Entries().Count(), 1, 64);
    }

    [KernelTheory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(1000)]
    public void Hash_batches_write_walk_and_delete(int count)
    {
        using var loaded = Load();
        var flows = new HashMap<Key, Value>(loaded.Map("flows"));
        var keys = Enumerable.Range(0, count).Select(i => new Key((uint)i, 53, 0)).ToArray();
        var values = keys.Select(key => new Value(key.Id * 2ul, 0, 0)).ToArray();

        flows.SetBatch(keys, values);

        Assert.Equal(keys.Zip(values).ToHashSet(), flows.Entries().Select(entry => (entry.Key, entry.Value)).ToHashSet());
        Assert.Equal(count, flows.DeleteBatch([.. keys, .. keys]));
        Assert.Empty(flows.Entries());
    }

    [KernelFact]
    public void Batch_with_too_little_room_asks_for_more_and_loses_nothing()
    {
        using var map = BpfMap.Create(MapType.Hash, "walked", 4, 4, 4096);
        var walked = new HashMap<int, int>(map);
        walked.SetBatch([.. Enumerable.Range(0, 4096)], new int[4096]);
        var (cursor, room, seen, askedForMore) = (new MapCursor(), 1, new HashSet<int>(), 0);

        while (!cursor.AtEnd)
        {
            var keys = new int[room];
            try
            {
                var count = walked.ReadBatch(cursor, keys, new int[room]);
                Assert.All(keys[..count], key => Assert.True(seen.Add(key)));
            }
            catch (BpfException e) when (e.Errno == Errno.NoSpace)
            {
                askedForMore++;
                room *= 2;
            }
        }

        Assert.Equal(4096, seen.Count);
        Assert.True(askedForMore > 0);
    }

    [KernelFact]
    public void Array_has_every_index_and_no_more()
    {
        using var loaded = Load();
        var settings = new ArrayMap<uint>(loaded.Map("settings"));

        settings[7] = 70;
        settings.SetBatch([0, 1], [5, 6]);

        Assert.Equal([5, 6, 0, 0, 0, 0, 0, 70], settings.Entries().OrderBy(entry => entry.Key).Select(entry => entry.Value));
        Assert.Equal("ENOENT", Assert.Throws<BpfException>(() => settings[8]).ErrnoName);
        Assert.Equal("E2BIG", Assert.Throws<BpfException>(() => settings[8] = 1).ErrnoName);
    }

    [KernelFact]
    public void Per_cpu_maps_hold_a_value_for_each_possible_cpu()
    {
        using var loaded = Load();
        var hash = new PerCpuHashMap<uint, uint>(loaded.Map("per_cpu"));
        var slots = new PerCpuArrayMap<uint>(loaded.Map("per_cpu_slots"));
        var values = Enumerable.Range(10, PossibleCpus.Count).Select(i => (uint)i).ToArray();
        var read = new uint[values.Length];

        hash.Set(5, values);
        Assert.True(hash.TryGet(5, read));
        Assert.Equal(values, read);
        Assert.Equal([5u], hash.Keys());
        Assert.True(hash.Delete(5));
        Assert.False(hash.TryGet(5, read));

        slots.Set(1, values);
        loaded.Program("touch_flow").TestRun(Frame, repeat: 4);
        Assert.Equal((uint)values.Sum(value => value) + 4, slots.Sum(1));
        Assert.Throws<ArgumentException>(() => slots.Get(1, new uint[values.Length + 1]));
    }

    [KernelFact]
    public void Lpm_trie_gives_the_longest_prefix()
    {
        using var loaded = Load();
        var prefixes = new LpmTrieMap<Octets4, uint>(loaded.Map("prefixes"));
        prefixes.Set(new(8, new(10, 0, 0, 0)), 8);
        prefixes.Set(new(24, new(10, 1, 2, 0)), 24);

        Assert.True(prefixes.TryMatch(new(10, 1, 2, 3), out var match));
        Assert.Equal(24u, match);
        Assert.True(prefixes.TryMatch(new(10, 9, 9, 9), out match));
        Assert.Equal(8u, match);
        Assert.False(prefixes.TryMatch(new(11, 0, 0, 1), out _));
        Assert.Equal([8u, 24u], prefixes.Entries().Select(entry => entry.Key.PrefixLength).Order());
    }

    [KernelFact]
    public void Table_swapped_into_a_map_of_maps_is_what_programs_read()
    {
        using var loaded = Load();
        var tables = new MapInMap<int>(loaded.Map("tables"));
        const MapFlags Flags = MapFlags.Mappable | MapFlags.InnerSizeMayDiffer;
        Assert.Null(tables.Open(0));

        foreach (var (value, length) in new[] { (11, 16u), (22, 5000u) })
        {
            using var table = BpfMap.Create(MapType.Array, "table", 4, 8, length, Flags);
            using var mapped = new MappedArray<ulong>(table);
            mapped.Span.Fill(99);
            mapped[0] = (ulong)value;
            tables.Set(0, table);
        }

        Assert.Equal(22, loaded.Program("read_table").TestRun(Frame).ReturnValue);
        using (var opened = tables.Open(0)!)
        {
            Assert.Equal(5000u, opened.MaxEntries);
            Assert.Equal(99ul, new ArrayMap<ulong>(opened)[4999]);
        }

        Assert.True(tables.Delete(0));
        Assert.Equal(0, loaded.Program("read_table").TestRun(Frame).ReturnValue);
    }

    [KernelFact]
    public void Map_of_another_shape_is_refused_by_a_map_of_maps()
    {
        using var loaded = Load();
        using var other = BpfMap.Create(MapType.Array, "other", 4, 16, 16);

        var thrown = Assert.Throws<BpfException>(() => new MapInMap<int>(loaded.Map("tables")).Set(0, other));

        Assert.Contains("must have the type, key, value", thrown.Message);
    }

    [KernelFact]
    public void Socket_storage_is_shared_with_the_program_that_fills_it()
    {
        using var cgroup = new TestCgroup();
        using var loaded = Load();
        using var link = loaded.Program("own_socket").AttachCgroup(CgroupV2.Find()!.Path);
        var owners = new SocketStorageMap<ulong>(loaded.Map("owners"));
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
        socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));

        Assert.True(owners.TryGet(socket, out var owner));
        Assert.Equal(42ul, owner);
        owners.Set(socket, 43);
        Assert.True(owners.TryGet(socket, out owner));
        Assert.Equal(43ul, owner);
        Assert.True(owners.Delete(socket));
        Assert.False(owners.TryGet(socket, out _));
    }

    [KernelFact]
    public void View_of_another_shape_than_its_map_is_refused()
    {
        using var loaded = Load();

        Assert.Contains("a key of map flows has 8 octets, but UInt32 has 4", Assert.Throws<BpfMismatchException>(() => new HashMap<uint, Value>(loaded.Map("flows"))).Message);
        Assert.Contains("a value of map flows has 16 octets", Assert.Throws<BpfMismatchException>(() => new HashMap<Key, ulong>(loaded.Map("flows"))).Message);
        Assert.Contains("is of type Hash", Assert.Throws<BpfMismatchException>(() => new ArrayMap<Value>(loaded.Map("flows"))).Message);
        Assert.Contains("is of type Array", Assert.Throws<BpfMismatchException>(() => new RingBuffer(loaded.Map("settings"))).Message);
        Assert.Throws<BpfMismatchException>(() => new MappedArray<uint>(loaded.Map("settings")));
    }

    [KernelFact]
    public void Info_tells_shape_and_memory()
    {
        using var loaded = Load();

        var info = loaded.Map("flows").Info();

        Assert.Equal(("flows", MapType.Hash, 8, 16, 1000u), (info.Name, info.Type, info.KeySize, info.ValueSize, info.MaxEntries));
        Assert.True(info.MemoryBytes > 1000 * 24);
        Assert.NotEqual(0u, info.Id);
    }

    private static BpfObject Load()
    {
        var loaded = TestObjects.Open("maps");
        loaded.Load();
        return loaded;
    }
}
