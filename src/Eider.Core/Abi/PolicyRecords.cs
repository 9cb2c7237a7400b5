// The mirror of bpf/abi.h, continued: the tables that policies are compiled into, and the questions that are asked of them.

using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Eider.Core.Policy;

namespace Eider.Core.Abi;

[InlineArray(4)]
internal struct Octets4
{
    private byte _first;
}

[InlineArray(QuestionLength)]
internal struct QuestionOctets
{
    public const int QuestionLength = 260;

    private byte _first;
}

/// <summary>One rule number a tier, as enum eider_tier orders them; 0 where the tier says nothing.</summary>
[InlineArray(Tiers)]
internal struct TierRules
{
    public const int Tiers = 4;
    public const int Cluster = 0;
    public const int Namespace = 1;
    public const int ClusterAudit = 2;
    public const int NamespaceAudit = 3;

    private ushort _first;

    public readonly bool IsEmpty => this[Cluster] == 0 && this[Namespace] == 0 && this[ClusterAudit] == 0 && this[NamespaceAudit] == 0;
}

[StructLayout(LayoutKind.Sequential)]
internal struct SideRecord
{
    public uint DefaultPosture;
    public uint UserClasses;
    public PostureFlags Flags;
    public uint Pad;
    public NamesHeader Names;
}

[InlineArray(2)]
internal struct BothSides
{
    private SideRecord _first;
}

[InlineArray(2)]
internal struct TwoWords
{
    private ulong _first;
}

[InlineArray(3)]
internal struct ThreeWords
{
    private ulong _first;
}

[StructLayout(LayoutKind.Sequential)]
internal struct StateRecord
{
    public uint Generation;
    public uint Pad;
    public BothSides Side;
    public ulong QuestionsSinceNs;
    public TwoWords Secret;
    public ulong HoldingUntilNs;
    public ulong NamesUntilNs;
    public ulong QuarantinesUntilNs;
    public ThreeWords ResponseKeys;
}

[StructLayout(LayoutKind.Sequential)]
internal record struct DecisionKey(uint Posture, ushort Set, byte TypeClass, byte Exact);

[StructLayout(LayoutKind.Sequential)]
internal struct DecisionRecord
{
    public TierRules Rule;
}

/// <param name="Posture">The first of its postures.</param>
/// <param name="Number">Of the workload, which has a rate and responses of its own; never 0.</param>
[StructLayout(LayoutKind.Sequential)]
internal record struct WorkloadRecord(uint Posture, uint Number);

[Flags]
internal enum PostureFlags : uint
{
    None = 0,
    Names = 0x01,
    Resolvers = 0x02,
    RateWorkload = 0x04,
    RateProcess = 0x08,
    Enforce = 0x10,
    RedirectV4 = 0x20,
    RedirectV6 = 0x40,
    Forged = 0x80,
    Rebinding = 0x100,
    Aliases = 0x200,
    TryPorts = 0x400,
    EveryName = 0x800,
    WatchPorts = 0x1000,
    JudgePorts = 0x2000,
    Hold = 0x4000,
    Respond = 0x8000,
    TryForged = 0x10000,
    TryRebinding = 0x20000,
    TryAliases = 0x40000,
    TryHold = 0x80000,
}

[StructLayout(LayoutKind.Sequential)]
internal struct PostureRecord
{
    public PostureFlags Flags;
    public uint Resolvers;
    public TierRules DefaultRule;
    public ushort ResolverRule;
    public ushort RateRule;
    public ushort MalformedRule;
    public ushort ForgedRule;
    public ulong NsPerQuery;
    public ulong BurstNs;
    public Octets4 RedirectV4;
    public ushort RedirectV4Port;
    public ushort RedirectV6Port;
    public Octets16 RedirectV6;
    public FirstServers Server;
    public uint FirstServers;
    public ushort RebindingRule;
    public ushort HoldRule;

    /// <summary>The posture that would hold were audited policies enforced; 0: nothing but names would differ.</summary>
    public uint Tried;
    public ushort RedirectRule;
    public ushort ResponseRule;
    public ushort QuarantineRule;
    private readonly ushort _padding1;
    private readonly ushort _padding2;
    private readonly ushort _padding3;
}

/// <summary>Servers that the kernel compares without a look into its table of resolvers.</summary>
[InlineArray(Count)]
internal struct FirstServers
{
    public const int Count = 2;

    private Octets16 _first;
}

[StructLayout(LayoutKind.Sequential)]
internal struct RuleRecord
{
    /// <summary>In place of an info-code: the answer carries none.</summary>
    public const ushort NoExtendedError = 0xffff;

    public byte Action;
    public byte Reply;
    public ushort ExtendedError;
    public byte HasSinkhole;
    private readonly byte _padding1;
    private readonly byte _padding2;
    private readonly byte _padding3;
    public Octets4 SinkholeV4;
    public Octets16 SinkholeV6;
}

[StructLayout(LayoutKind.Sequential)]
internal struct ResolverKey
{
    public uint Resolvers;
    public Octets16 Address;
}

/// <summary>struct eider_side_key of bpf/lib/policy_maps.h.</summary>
/// <param name="Value">A uid.</param>
[StructLayout(LayoutKind.Sequential)]
internal record struct SideKey(uint Side, uint Value);

/// <summary>Context of answer_release.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct ReleaseRecord
{
    public ulong NetnsCookie;
    public Octets16 Server;
    public ushort ClientPort;

    /// <summary>As on the wire, that is, its octets as they lie in memory.</summary>
    public ushort Id;

    /// <summary>Questions found.</summary>
    public uint Released;
}

[StructLayout(LayoutKind.Sequential)]
internal struct ExplainRecord
{
    public ulong CgroupId;
    public uint Posture;
    public uint Len;
    public Octets16 Server;
    public VerdictRecord Verdict;
    public QuestionOctets Question;
    public uint Pad;
}
