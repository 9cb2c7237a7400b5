// What a selection of policies comes to: everything but names. Where several say something, what is stricter holds.

using System.Buffers.Binary;
using System.Globalization;
using Eider.Core.Abi;

namespace Eider.Core.Policy;

/// <summary>Adds postures, with all they refer to, to the tables. Not thread-safe.</summary>
internal sealed partial class PostureCompiler(PolicySources sources, PolicyTables tables, RuleNumbers rules, List<PolicyDiagnostic> diagnostics)
{
    private const double NsPerSecond = 1e9;

    private readonly Dictionary<string, uint> resolverSets = [];
    private readonly HashSet<string> told = [];

    /// <summary>How two policies that contradict each other are told of: where one of them is only tried out, nothing is wrong yet.</summary>
    private PolicySeverity conflict = PolicySeverity.Error;

    /// <summary>Adds the posture of processes for which these policies hold.</summary>
    /// <exception cref="PolicyException">There are too many rules.</exception>
    public void Add(PolicyBits selected)
    {
        var number = (uint)tables.Postures.Count;
        var posture = default(PostureRecord);
        if (!selected.IsEmpty)
        {
            var all = selected.Policies().ToArray();
            var enforced = all.Where(policy => Policy(policy).Mode == PolicyMode.Enforce).ToArray();
            var isAudited = enforced.Length < all.Length;
            SetDefaults(ref posture, enforced, isAudited ? all : []);
            SetRedirect(ref posture, TargetOf(enforced, V4), TargetOf(enforced, V6));
            SetResolvers(ref posture, enforced);
            SetOtherPorts(ref posture, all);
            SetRate(ref posture, enforced);
            SetMalformed(ref posture, enforced);
            SetAnswers(ref posture, all);
            SetResponses(ref posture, enforced);
            if (all.Any(policy => Policy(policy).Rules.Count > 0))
            {
                posture.Flags |= PostureFlags.Names;
                AddDecisions(number, selected, isAudited, posture.DefaultRule);
                posture.Flags |= AddEveryName(number, selected, isAudited, posture.DefaultRule) ? PostureFlags.EveryName : 0;
            }

            if (posture.RebindingRule != 0)
            {
                // What an audited policy calls internal must not open what is enforced.
                AddInternalNames(number, posture.Flags.HasFlag(PostureFlags.Rebinding) ? enforced : all, posture.RebindingRule);
            }
        }

        tables.Postures.Add(posture);
    }

    private DnsPolicy Policy(int policy) => sources.Policies[policy];

    /// <summary>The default comes after both tiers, so it stands in the lower one: what no rule of either decides falls to it.</summary>
    private void SetDefaults(ref PostureRecord posture, int[] enforced, int[] audited)
    {
        posture.DefaultRule[TierRules.Namespace] = DefaultOf(enforced);
        posture.DefaultRule[TierRules.NamespaceAudit] = DefaultOf(audited);
        if (!posture.DefaultRule.IsEmpty)
        {
            // Without a flag the kernel would not look at it.
            posture.Flags |= PostureFlags.Names;
        }
    }

    private ushort DefaultOf(int[] policies)
    {
        var denying = Array.FindIndex(policies, policy => Policy(policy).Default == PolicyAction.Deny);
        return denying < 0 ? (ushort)0 : rules.Of(new KernelRule(policies[denying], RulePart.Default, 0, null, PolicyAction.Deny, Policy(policies[denying]).Reply));
    }

    private static Endpoint? V4(Redirect redirect) => redirect.V4;

    private static Endpoint? V6(Redirect redirect) => redirect.V6;

    private static void SetRedirect(ref PostureRecord posture, Target? v4, Target? v6)
    {
        Span<byte> octets = stackalloc byte[16];
        if (v4 is { To: var toV4 })
        {
            posture.Flags |= PostureFlags.RedirectV4;
            BinaryPrimitives.WriteUInt128BigEndian(octets, toV4.Address.Value);
            octets[12..].CopyTo(posture.RedirectV4);
            posture.RedirectV4Port = toV4.Port;
        }

        if (v6 is { To: var toV6 })
        {
            posture.Flags |= PostureFlags.RedirectV6;
            BinaryPrimitives.WriteUInt128BigEndian(octets, toV6.Address.Value);
            octets.CopyTo(posture.RedirectV6);
            posture.RedirectV6Port = toV6.Port;
        }
    }

    /// <param name="Policy">That redirects there.</param>
    private readonly record struct Target(int Policy, Endpoint To);

    /// <summary>Cluster policies before those of namespaces; two of one tier that want different servers contradict each other, and the first in name wins.</summary>
    private Target? TargetOf(int[] policies, Func<Redirect, Endpoint?> of)
    {
        Target? first = null;
        foreach (var each in policies)
        {
            var policy = Policy(each);
            if (policy.Redirect is not { } redirect || of(redirect) is not { } to)
            {
                continue;
            }

            if (first is { } other && Policy(other.Policy).Tier == policy.Tier && other.To != to)
            {
                var name = Policy(other.Policy).FullName;
                Tell(conflict, policy.Place, $"policies {name} and {policy.FullName} redirect the same workload to {other.To} and {to} for {(to.Address.IsV4 ? "IPv4" : "IPv6")}",
                    $"let one of them redirect, or select other workloads; {name} goes first");
            }

            first ??= new Target(each, to);
        }

        return first;
    }

    /// <summary>Each policy says which servers alone may be asked, so only those may that all of them name; and the one that the posture redirects to.</summary>
    private void SetResolvers(ref PostureRecord posture, int[] enforced)
    {
        var pinning = enforced.Where(policy => Policy(policy).Resolvers.Count > 0).ToArray();
        if (pinning.Length == 0)
        {
            return;
        }

        var allowed = Policy(pinning[0]).Resolvers.ToHashSet();
        foreach (var policy in pinning)
        {
            allowed.IntersectWith(Policy(policy).Resolvers);
        }

        if (allowed.Count == 0)
        {
            var (first, second) = (Policy(pinning[0]), Policy(pinning[^1]));
            Tell(conflict, second.Place, $"policies {first.FullName} and {second.FullName} leave one workload no resolver that both allow", "name a resolver in both, or select other workloads");
        }

        if ((posture.Flags & PostureFlags.RedirectV4) != 0)
        {
            allowed.Add(IpAddress.FromOctets(posture.RedirectV4));
        }

        if ((posture.Flags & PostureFlags.RedirectV6) != 0)
        {
            allowed.Add(IpAddress.FromOctets(posture.RedirectV6));
        }

        posture.Flags |= PostureFlags.Resolvers;
        posture.Resolvers = ResolverSet(allowed);
        var named = pinning.OrderBy(policy => Policy(policy).Mode == PolicyMode.Enforce).First();
        posture.ResolverRule = rules.Of(new KernelRule(named, RulePart.Resolvers, 0, null, PolicyAction.Deny, ResolverReply(Policy(named).Reply)));
    }

    /// <summary>The strictest; what is only tried out can do no more than watch, and tell.</summary>
    private void SetOtherPorts(ref PostureRecord posture, int[] selected)
    {
        foreach (var policy in selected.Select(Policy).Where(policy => policy.OtherPorts != OtherPorts.Ignore))
        {
            posture.Flags |= policy switch
            {
                { OtherPorts: OtherPorts.Watch } => PostureFlags.WatchPorts,
                { Mode: PolicyMode.Enforce } => PostureFlags.JudgePorts,
                _ => PostureFlags.WatchPorts | PostureFlags.TryPorts,
            };
        }

        posture.Flags &= posture.Flags.HasFlag(PostureFlags.JudgePorts) ? ~PostureFlags.TryPorts : ~PostureFlags.None;
    }

    /// <summary>The denial is not about the name, so nothing is said about it: with REFUSED the asker tries its next server.</summary>
    private static Reply ResolverReply(Reply reply) =>
        reply.Kind is ReplyKind.Nxdomain or ReplyKind.Nodata or ReplyKind.Sinkhole ? Reply.Refused with { ExtendedError = reply.ExtendedError } : reply;

    private uint ResolverSet(HashSet<IpAddress> addresses)
    {
        var key = string.Join(',', addresses.Select(address => address.Value).Order().Select(value => value.ToString("x", CultureInfo.InvariantCulture)));
        if (!resolverSets.TryGetValue(key, out var set))
        {
            set = (uint)resolverSets.Count + 1;
            resolverSets.Add(key, set);
            foreach (var address in addresses)
            {
                var entry = new ResolverKey { Resolvers = set };
                BinaryPrimitives.WriteUInt128BigEndian(entry.Address, address.Value);
                tables.Resolvers.Add(entry);
            }
        }

        return set;
    }

    /// <summary>The lowest rate; of equal ones the smaller burst, and for a workload before for a process.</summary>
    private void SetRate(ref PostureRecord posture, int[] enforced)
    {
        if (StrictestRate(enforced) is not { } strictest)
        {
            return;
        }

        var limit = Policy(strictest).RateLimit!;
        posture.Flags |= limit.Per == RatePer.Workload ? PostureFlags.RateWorkload : PostureFlags.RateProcess;
        posture.NsPerQuery = Math.Max(1, (ulong)(NsPerSecond / limit.QueriesPerSecond));
        posture.BurstNs = posture.NsPerQuery * (ulong)limit.Burst;
        posture.RateRule = rules.Of(new KernelRule(strictest, RulePart.RateLimit, 0, null, PolicyAction.Deny, limit.Over));
    }

    private int? StrictestRate(int[] policies)
    {
        var limiting = policies.Where(policy => Policy(policy).RateLimit is not null).ToArray();
        return limiting.Length == 0 ? null : limiting.MinBy(policy => (Policy(policy).RateLimit!.QueriesPerSecond, Policy(policy).RateLimit!.Burst, Policy(policy).RateLimit!.Per));
    }

    /// <summary>What cannot be read could be anything that some policy denies. It cannot be answered either.</summary>
    private void SetMalformed(ref PostureRecord posture, int[] enforced)
    {
        var restricting = Array.FindIndex(enforced, policy => Restricts(Policy(policy)));
        if (restricting >= 0)
        {
            posture.Flags |= PostureFlags.Enforce;
            posture.MalformedRule = MalformedRule(enforced[restricting]);
        }
    }

    private ushort MalformedRule(int policy) => rules.Of(new KernelRule(policy, RulePart.Malformed, 0, null, PolicyAction.Deny, new Reply(ReplyKind.Drop)));

    /// <summary>One rule for each thing: of the first policy that enforces it, else of the first that would.</summary>
    private void SetAnswers(ref PostureRecord posture, int[] all)
    {
        // The reply is for an answer that fits while somebody guesses: over TCP, the client gets one that nobody can guess. All others are dropped.
        (posture.ForgedRule, var forged) = AnswerRule(all, RulePart.ForgedAnswers, ReplyKind.Truncate, static policy => policy.Answers.Forged == ForgedAnswers.Drop);
        (posture.RebindingRule, var rebinding) = AnswerRule(all, RulePart.PrivateAnswers, ReplyKind.Nodata, static policy => policy.Answers.Rebinding == RebindingAnswers.Deny);
        (posture.HoldRule, var holding) = AnswerRule(all, RulePart.HeldAnswers, ReplyKind.Drop, static policy => policy.Answers.HoldOn);
        posture.Flags |= FlagOf(forged, PostureFlags.Forged, PostureFlags.TryForged)
            | FlagOf(rebinding, PostureFlags.Rebinding, PostureFlags.TryRebinding)
            | FlagOf(holding, PostureFlags.Hold, PostureFlags.TryHold);

        // Names have tiers of their own for what is tried out, so both may hold.
        foreach (var policy in all.Where(policy => Policy(policy).DeniesAliases))
        {
            posture.Flags |= FlagOf(Policy(policy).Mode, PostureFlags.Aliases, PostureFlags.TryAliases);
            if (posture.MalformedRule == 0)
            {
                // Audited policies alone deny names: the rule is for an answer that cannot be read.
                posture.MalformedRule = MalformedRule(policy);
            }
        }
    }

    private (ushort Rule, PolicyMode? Mode) AnswerRule(int[] all, RulePart part, ReplyKind reply, Func<DnsPolicy, bool> judges)
    {
        var judging = all.Where(policy => judges(Policy(policy))).OrderBy(IsAudited).ToArray();
        return judging.Length == 0 ? (0, null) : (rules.Of(new KernelRule(judging[0], part, 0, null, PolicyAction.Deny, new Reply(reply))), Policy(judging[0]).Mode);
    }

    private static PostureFlags FlagOf(PolicyMode? mode, PostureFlags enforced, PostureFlags audited) => mode switch
    {
        PolicyMode.Enforce => enforced,
        PolicyMode.Audit => audited,
        _ => PostureFlags.None,
    };

    /// <summary>What responses to alerts are answered; the responses themselves come when alerts do.</summary>
    private void SetResponses(ref PostureRecord posture, int[] enforced)
    {
        var responding = Array.FindIndex(enforced, policy => Policy(policy).MayRespond);
        if (responding >= 0)
        {
            var (policy, reply) = (enforced[responding], Policy(enforced[responding]).Reply);
            posture.Flags |= PostureFlags.Respond;
            posture.ResponseRule = rules.Of(new KernelRule(policy, RulePart.Response, 0, null, PolicyAction.Deny, reply));
            posture.QuarantineRule = rules.Of(new KernelRule(policy, RulePart.Quarantine, 0, null, PolicyAction.Deny, ResolverReply(reply)));
        }
    }

    private static bool Restricts(DnsPolicy policy) =>
        policy.MayRespond || policy.Default == PolicyAction.Deny || policy.Resolvers.Count > 0 || policy.RateLimit is not null || policy.Rules.Any(rule => rule.Action == PolicyAction.Deny);

    private void Tell(PolicySeverity severity, Place place, string what, string mend)
    {
        if (told.Add(what))
        {
            diagnostics.Add(new PolicyDiagnostic(severity, place, what, mend));
        }
    }
}
