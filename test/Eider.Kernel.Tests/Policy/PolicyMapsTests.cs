// Tables made by hand, put in force and judged by the kernel's own program.

using Eider.Bpf;
using Eider.Core.Abi;
using Eider.Core.Policy;
using Eider.Kernel.Tests.Bpf;

namespace Eider.Kernel.Tests.Policy;

public sealed class PolicyMapsTests
{
    private const byte Allow = 1;
    private const byte Deny = 2;
    private const ushort Set = 7;

    private static readonly NameKeys Keys = new(0x0123456789abcdef, 0x9e3779b97f4a7c15, 0xc2b2ae3d27d4eb4f);

    [KernelFact]
    public void Mirrors_lie_as_the_kernels_structs_do()
    {
        using var programs = PolicyKernel.Open();

        Assert.Empty(AbiLayout.Compare(programs.Btf));
    }

    [KernelFact]
    public void Nothing_applied_allows_everything()
    {
        using var kernel = new PolicyKernel();

        var verdict = kernel.Ask(0, "evil.example");

        Assert.Equal(0u, kernel.Maps.Generation);
        Assert.Equal((Allow, (byte)0, (ushort)0), (verdict.Action, verdict.Reason, verdict.Rule));
    }

    [KernelFact]
    public void Rule_for_a_name_denies_it_on_its_side_only_until_the_next_is_applied()
    {
        using var kernel = new PolicyKernel();

        Assert.Equal(1u, kernel.Apply(Denying(rule: 1), Names("evil.example")));
        var first = kernel.Ask(1, "evil.example");
        Assert.Equal(2u, kernel.Apply(Denying(rule: 2), Names("other.example")));
        var second = kernel.Ask(1, "evil.example");
        var third = kernel.Ask(1, "other.example");

        Assert.Equal((1u, Deny, (ushort)1), (first.Generation, first.Action, first.Rule));
        Assert.Equal((2u, Allow, (ushort)0), (second.Generation, second.Action, second.Rule));
        Assert.Equal((2u, Deny, (ushort)2), (third.Generation, third.Action, third.Rule));
    }

    [KernelFact]
    public void Every_name_is_hashed_as_the_kernel_hashes_it()
    {
        using var kernel = new PolicyKernel();
        string[] names =
        [
            "a", "ab.c", "seven77.example", "eight888.example", "nine99999.example", "fifteen-octets1.example", "sixteen--octets1.x", "seventeen-octets1.x",
            "twentyfour-octets-long-1.x", new string('x', 63) + ".example", new string('y', 62) + ".z", "xn--bcher-kva.example", "_dmarc.example", "1.2.3.4.in-addr.arpa",
            string.Join('.', Enumerable.Repeat("a", 127)), $"{new string('a', 63)}.{new string('b', 63)}.{new string('c', 63)}.{new string('d', 61)}",
        ];

        kernel.Apply(Denying(rule: 1), Names(names));

        foreach (var name in names)
        {
            Assert.Equal((name, Deny), (name, kernel.Ask(1, name).Action));
            Assert.Equal((name, Deny), (name, kernel.Ask(1, name.ToUpperInvariant()).Action));
            Assert.Equal((name, Allow), (name, kernel.Ask(1, "0" + name[1..]).Action));
        }
    }

    [KernelFact]
    public void Table_filled_to_three_quarters_holds_every_name()
    {
        using var kernel = new PolicyKernel();
        var names = Enumerable.Range(0, 20_000).Select(i => $"host{i}.example").ToArray();

        kernel.Apply(Denying(rule: 1), Names(names));

        Assert.All(names, name => Assert.Equal(Deny, kernel.Ask(1, name).Action));
        Assert.All(Enumerable.Range(20_000, 20_000), i => Assert.Equal(Allow, kernel.Ask(1, $"host{i}.example").Action));
    }

    [KernelFact]
    public void Failure_half_way_leaves_the_old_generation_in_force()
    {
        using var kernel = new PolicyKernel();
        kernel.Apply(Denying(rule: 1), Names("evil.example"));
        var tooMany = Denying(rule: 1);
        tooMany.Postures.AddRange(new PostureRecord[2 * PolicyLimits.Postures]);

        var refused = Assert.Throws<PolicyException>(() => kernel.Maps.Prepare(tooMany, Names("other.example")));

        Assert.Equal(PolicyFault.TooMany, refused.Fault);
        Assert.Equal(1u, kernel.Maps.Generation);
        Assert.Equal(Deny, kernel.Ask(1, "evil.example").Action);
        Assert.Equal(2u, kernel.Apply(Denying(rule: 1), Names("other.example")));
        Assert.Equal(Deny, kernel.Ask(1, "other.example").Action);
    }

    [KernelFact]
    public void Posture_added_to_what_is_in_force_is_judged_by()
    {
        using var kernel = new PolicyKernel();
        var tables = Denying(rule: 1);
        kernel.Apply(tables, Names("evil.example"));
        tables.Rules.Add(new RuleRecord { Action = Deny });
        var posture = (uint)tables.Postures.Count;
        tables.Postures.Add(new PostureRecord { Flags = PostureFlags.Names });
        AddDecision(tables, posture, (ushort)(tables.Rules.Count - 1));

        kernel.Maps.Extend(tables);
        kernel.Maps.Assign(4711, new WorkloadRecord(posture, 1));
        kernel.Maps.Renew();

        Assert.Equal((Deny, (ushort)(tables.Rules.Count - 1)), (kernel.Ask(posture, "evil.example").Action, kernel.Ask(posture, "evil.example").Rule));
        Assert.Equal(3u, kernel.Maps.Generation);
    }

    private static PolicyTables Denying(ushort rule)
    {
        var tables = new PolicyTables();
        while (tables.Rules.Count <= rule)
        {
            tables.Rules.Add(new RuleRecord { Action = Deny });
        }

        tables.Postures.Add(default);
        tables.Postures.Add(new PostureRecord { Flags = PostureFlags.Names | PostureFlags.Enforce });
        AddDecision(tables, 1, rule);
        return tables;
    }

    private static void AddDecision(PolicyTables tables, uint posture, ushort rule)
    {
        var decision = default(DecisionRecord);
        decision.Rule[TierRules.Namespace] = rule;
        tables.DecisionKeys.Add(new DecisionKey(posture, Set, 0, 1));
        tables.Decisions.Add(decision);
    }

    private static KernelNames Names(params string[] names)
    {
        var memory = KernelNames.Create(NameTable.BucketsFor(names.Length));
        var table = new NameTable(memory.Span, Keys);
        foreach (var name in names)
        {
            Assert.Equal(AddResult.Added, table.Add(System.Text.Encoding.ASCII.GetBytes(name), Set, (_, _) => throw new InvalidOperationException()));
        }

        return memory;
    }
}
