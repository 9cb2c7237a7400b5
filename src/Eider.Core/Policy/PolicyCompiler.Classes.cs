// Question types and users, in classes: those that no rule or policy tells apart are one to the kernel.

using System.Collections.Immutable;

namespace Eider.Core.Policy;

/// <summary>Class 0 is of the types that no rule names. Immutable.</summary>
internal sealed class TypeClasses
{
    /// <summary>INTERNAL_CLASS of bpf/lib/content.h: no query has it.</summary>
    public const byte Internal = 255;

    private const int Most = Internal;

    private readonly ImmutableArray<bool[]> classesOfRule;

    /// <exception cref="PolicyException">There are too many.</exception>
    public TypeClasses(ImmutableArray<SourceRule> rules)
    {
        var typed = rules.Where(rule => rule.Rule.Types.Count > 0).ToArray();
        var namedBy = typed.SelectMany(rule => rule.Rule.Types.Select(type => (type, rule.Number))).GroupBy(each => each.type, each => each.Number);
        var classes = namedBy.GroupBy(type => string.Join(',', type.Distinct().Order()), type => type.Key).ToArray();
        Count = classes.Length + 1;
        if (Count > Most)
        {
            throw PolicyException.TooMany("groups of query types that rules tell apart", Count, Most, "name the same types in more rules");
        }

        ByType = classes.SelectMany((types, index) => types.Select(type => (type, index))).ToDictionary(each => each.type, each => (byte)(each.index + 1));
        classesOfRule = [.. rules.Select(rule => ClassesOf(rule.Rule))];
    }

    public int Count { get; }

    public IReadOnlyDictionary<ushort, byte> ByType { get; }

    public bool Holds(SourceRule rule, int typeClass) => classesOfRule[rule.Number][typeClass];

    private bool[] ClassesOf(PolicyRule rule)
    {
        var classes = new bool[Count];
        Array.Fill(classes, rule.Types.Count == 0);
        foreach (var type in rule.Types)
        {
            classes[ByType[type]] = true;
        }

        return classes;
    }
}

/// <summary>Class 0 is of the users that no policy names. Immutable.</summary>
internal sealed class UserClasses
{
    private readonly List<PolicyBits> policiesOfClass = [default];

    /// <param name="uidOf">Null for a user this machine does not have: told, and selected once the machine does and policies are compiled again.</param>
    public UserClasses(ImmutableArray<DnsPolicy> policies, Func<string, uint?> uidOf, List<PolicyDiagnostic> diagnostics)
    {
        var uids = policies.Select(policy => policy.Users.Select(user => Resolve(user, uidOf, diagnostics)).OfType<uint>().ToHashSet()).ToArray();
        var byUid = new Dictionary<uint, uint>();
        foreach (var uid in uids.SelectMany(each => each).Distinct().Order())
        {
            var bits = PolicyBits.Of(policies.Length, policy => uids[policy].Contains(uid));
            var at = policiesOfClass.IndexOf(bits);
            if (at < 0)
            {
                at = policiesOfClass.Count;
                policiesOfClass.Add(bits);
            }

            byUid.Add(uid, (uint)at);
        }

        ByUid = byUid;
        Reaching = PolicyBits.Of(policies.Length, policy => uids[policy].Count > 0);
    }

    public int Count => policiesOfClass.Count;

    public IReadOnlyDictionary<uint, uint> ByUid { get; }

    /// <summary>Policies that name users.</summary>
    public PolicyBits Reaching { get; }

    /// <summary>What holds for a process of a workload.</summary>
    public PolicyBits Policies(in Selection workload, int userClass) => workload.Selecting | (policiesOfClass[userClass] & workload.Reaching);

    private static uint? Resolve(UserSubject user, Func<string, uint?> uidOf, List<PolicyDiagnostic> diagnostics)
    {
        var uid = user.Uid ?? (user.Name is null ? null : uidOf(user.Name));
        if (uid is null)
        {
            diagnostics.Add(new PolicyDiagnostic(PolicySeverity.Warning, user.Place, $"this machine has no user \"{user.Name}\"", "name one of its users, or a uid"));
        }

        return uid;
    }
}
