// Compiled policies in the kernel's own numbers, on their way into its tables. Names are not here: they go straight into the table's memory.

using Eider.Core.Abi;

namespace Eider.Core.Policy;

/// <summary>Room in the kernel's tables: bpf/lib/policy_maps.h.</summary>
public static class PolicyLimits
{
    public const int Postures = 4096;

    /// <summary>Rule 0, which stands for none, among them.</summary>
    public const int Rules = 16_384;

    /// <summary>Addresses, each counted once for every set of resolvers it is in.</summary>
    public const int Resolvers = 16_384;

    public const int Users = 4096;

    /// <summary>Query types that rules name.</summary>
    public const int Types = 256;

    /// <summary>Control groups with a posture of their own.</summary>
    public const int Workloads = 65_536;

    /// <summary>Sets of rules and lists that some name belongs to.</summary>
    public const int Sets = ushort.MaxValue;

    /// <summary>(posture, set, type class) that decide something; about 80 octets of kernel memory each.</summary>
    public const int Decisions = 262_144;

    /// <summary>Names of all lists and patterns together; about 13 octets of kernel memory each.</summary>
    public const long Names = 32_000_000;
}

/// <summary>How much of each there is.</summary>
internal readonly record struct TableExtent(int Rules, int Postures, int Decisions);

/// <summary>Only ever grows at the end, so that what is in force can be added to. Not thread-safe.</summary>
internal sealed class PolicyTables
{
    /// <summary>The first stands for no rule.</summary>
    public List<RuleRecord> Rules { get; } = [default];

    public List<PostureRecord> Postures { get; } = [];

    public List<DecisionKey> DecisionKeys { get; } = [];

    /// <summary>One for each of <see cref="DecisionKeys"/>.</summary>
    public List<DecisionRecord> Decisions { get; } = [];

    /// <summary>Without the side.</summary>
    public List<ResolverKey> Resolvers { get; } = [];

    /// <summary>Class by uid; users without one are of class 0.</summary>
    public Dictionary<uint, uint> UserClasses { get; } = [];

    /// <summary>Keys of the kernel's table of open questions, unless it has some already; null where no policy judges answers.</summary>
    public NameKeys? Questions { get; set; }

    /// <summary>Postures of one workload that stand side by side.</summary>
    public uint UserClassCount { get; set; } = 1;

    /// <summary>Class by query type; types without one are of class 0.</summary>
    public Dictionary<ushort, byte> TypeClasses { get; } = [];

    /// <summary>First posture of workloads without an entry.</summary>
    public uint DefaultPosture { get; set; }

    /// <summary>Of all postures together.</summary>
    public PostureFlags Flags
    {
        get
        {
            var flags = PostureFlags.None;
            foreach (var posture in Postures)
            {
                flags |= posture.Flags;
            }

            return flags;
        }
    }

    public TableExtent Extent => new(Rules.Count, Postures.Count, Decisions.Count);

    /// <summary>Takes back what was added, as long as nobody has been given it. Resolvers stay: their set may serve another posture.</summary>
    public void CutBack(TableExtent to)
    {
        Rules.RemoveRange(to.Rules, Rules.Count - to.Rules);
        Postures.RemoveRange(to.Postures, Postures.Count - to.Postures);
        DecisionKeys.RemoveRange(to.Decisions, DecisionKeys.Count - to.Decisions);
        Decisions.RemoveRange(to.Decisions, Decisions.Count - to.Decisions);
    }

    /// <exception cref="PolicyException">The kernel's tables have no room for all of it.</exception>
    public void CheckRoom()
    {
        Check("rules that policies and their lists come to", Rules.Count, PolicyLimits.Rules, "name fewer lists in one rule, or use fewer policies");
        Check("different combinations of policies and users", Postures.Count, PolicyLimits.Postures, "let policies select whole groups of workloads");
        Check("decisions on combinations of policies, lists and types", Decisions.Count, PolicyLimits.Decisions, "use fewer lists that share names, or fewer types");
        Check("addresses of resolvers", Resolvers.Count, PolicyLimits.Resolvers, "name fewer resolvers");
        Check("users that policies name", UserClasses.Count, PolicyLimits.Users, "name fewer users");
        Check("query types that rules name", TypeClasses.Count, PolicyLimits.Types, "name fewer types");
    }

    private static void Check(string what, int count, int room, string mend)
    {
        if (count > room)
        {
            throw PolicyException.TooMany(what, count, room, mend);
        }
    }
}
