// Swaps under load: whoever asks while tables change is judged by the old ones or by the new ones.

using System.Buffers.Binary;
using System.Text;
using Eider.Bpf;
using Eider.Core.Abi;
using Eider.Core.Policy;
using Eider.Kernel.Tests.Bpf;

namespace Eider.Kernel.Tests.Policy;

public sealed class SwapTests
{
    private const byte Deny = 2;
    private const int Swaps = 40;

    [KernelFact]
    public void Packet_on_its_way_during_swaps_is_denied_by_one_version_or_the_other()
    {
        using var programs = PolicyKernel.Open();
        foreach (var program in programs.Programs)
        {
            program.AutoLoad = program.Name == "dns_egress";
        }

        var ports = new byte[(ushort.MaxValue + 1) / 8];
        ports[53 >> 3] |= 1 << (53 & 7);
        programs.SetGlobal<byte>("dns_ports", ports);
        programs.Load();
        using var maps = new PolicyMaps(programs.Map);
        Put(maps, version: 0);
        var egress = programs.Program("dns_egress");
        var (always, never) = (Packet("always.example"), Packet("version.never.example"));
        Assert.Equal((0, 1), (egress.TestRun(always).ReturnValue, egress.TestRun(never).ReturnValue));

        long runs = 0, passed = 0;
        var stop = false;
        var asking = new Thread(() =>
        {
            while (!Volatile.Read(ref stop))
            {
                runs++;
                passed += egress.TestRun(always, repeat: 16).ReturnValue;
            }
        });
        asking.Start();
        for (var version = 1; version <= Swaps; version++)
        {
            Put(maps, version);
        }

        Volatile.Write(ref stop, true);
        asking.Join();

        TestContext.Current.TestOutputHelper?.WriteLine($"{runs * 16:N0} packets during {Swaps} swaps");
        Assert.True(runs > Swaps, $"only {runs} runs");
        Assert.Equal(0, passed);
        Assert.Equal(1u + Swaps, maps.Generation);
    }

    [KernelFact]
    public void Tables_out_of_force_give_their_memory_back()
    {
        using var kernel = new PolicyKernel();
        kernel.Apply(Tables(1), Names("always.example", many: 100_000));
        var full = kernel.Maps.NamesOctets;
        kernel.Apply(Tables(1), Names("always.example", many: 0));

        Assert.InRange(full, 100_000 * 10, 100_000 * 25);
        Assert.InRange(kernel.Maps.NamesOctets, 0, 10_000);
        Assert.Equal(0, kernel.OctetsOutOfForce / 10_000);
    }

    private static void Put(PolicyMaps maps, int version)
    {
        maps.Prepare(Tables((ushort)(version + 1)), Names("always.example"));
        maps.Commit(Tables((ushort)(version + 1)), new Dictionary<ulong, WorkloadRecord>());
        maps.Retire();
    }

    private static PolicyTables Tables(ushort rule)
    {
        var tables = new PolicyTables { DefaultPosture = 1 };
        while (tables.Rules.Count <= rule)
        {
            tables.Rules.Add(new RuleRecord { Action = Deny });
        }

        tables.Postures.Add(default);
        tables.Postures.Add(new PostureRecord { Flags = PostureFlags.Names | PostureFlags.Enforce });
        var decision = default(DecisionRecord);
        decision.Rule[TierRules.Namespace] = rule;
        tables.DecisionKeys.Add(new DecisionKey(1, 1, 0, 1));
        tables.Decisions.Add(decision);
        return tables;
    }

    private static KernelNames Names(string name, int many = 50)
    {
        var memory = KernelNames.Create(NameTable.BucketsFor(many + 1));
        var table = new NameTable(memory.Span, NameKeys.From(static () => (ulong)Random.Shared.NextInt64()));
        table.Add(Encoding.ASCII.GetBytes(name), 1, static (held, _) => held);
        for (var i = 0; i < many; i++)
        {
            table.Add(Encoding.ASCII.GetBytes($"host{i}.test"), 2, static (held, _) => held);
        }

        return memory;
    }

    /// <summary>An IPv4 UDP query behind an Ethernet header.</summary>
    private static byte[] Packet(string name)
    {
        var question = PolicyKernel.Question(name);
        var packet = new byte[14 + 20 + 8 + 12 + question.Length];
        BinaryPrimitives.WriteUInt16BigEndian(packet.AsSpan(12), 0x0800);
        var ip = packet.AsSpan(14);
        ip[0] = 0x45;
        BinaryPrimitives.WriteUInt16BigEndian(ip[2..], (ushort)ip.Length);
        ip[8] = 64;
        ip[9] = 17;
        new byte[] { 192, 0, 2, 1, 192, 0, 2, 53 }.CopyTo(ip[12..]);
        var udp = ip[20..];
        BinaryPrimitives.WriteUInt16BigEndian(udp, 40000);
        BinaryPrimitives.WriteUInt16BigEndian(udp[2..], 53);
        BinaryPrimitives.WriteUInt16BigEndian(udp[4..], (ushort)udp.Length);
        udp[8] = 0x12;
        udp[10] = 1;
        udp[13] = 1;
        question.CopyTo(udp[20..]);
        return packet;
    }
}
