// The kernel's rules, each with what a person is told of it. One rule of a policy is several of the kernel's where lists or replies differ.

using System.Buffers.Binary;
using Eider.Core.Abi;

namespace Eider.Core.Policy;

internal enum RulePart : byte
{
    Rule,
    Default,
    Resolvers,
    RateLimit,
    Malformed,
    ForgedAnswers,
    PrivateAnswers,
    HeldAnswers,
    Redirect,
    Response,
    Quarantine,
}

/// <summary>A rule of the kernel's. Equal ones share a number.</summary>
/// <param name="Policy">Place in <see cref="PolicySources.Policies"/>.</param>
/// <param name="Index">Of the policy's rule; 0 for other parts.</param>
/// <param name="List">Null where it is not about a list's names.</param>
/// <param name="Reply">Null unless it denies.</param>
internal sealed record KernelRule(int Policy, RulePart Part, int Index, string? List, PolicyAction Action, Reply? Reply)
{
    private const ushort ForgedAnswer = 4;
    private const ushort Blocked = 15;
    private const ushort Prohibited = 18;

    private const byte SinkholeV4 = 1;
    private const byte SinkholeV6 = 2;

    /// <summary>As verdicts name it: <c>rules[2]</c>, <c>default</c>.</summary>
    public string PartName => Part switch
    {
        RulePart.Rule => $"rules[{Index}]",
        RulePart.Default => "default",
        RulePart.Resolvers => "resolvers",
        RulePart.RateLimit => "rateLimit",
        RulePart.ForgedAnswers => "answers.forged",
        RulePart.PrivateAnswers => "answers.rebinding",
        RulePart.HeldAnswers => "answers.holdOn",
        RulePart.Redirect => "redirect",
        RulePart.Response or RulePart.Quarantine => "respond",
        _ => "malformed",
    };

    /// <summary>What decided, told by the rule itself; null where one rule has several reasons, and the verdict tells which.</summary>
    public VerdictReason? Reason => Part switch
    {
        RulePart.Rule => VerdictReason.Name,
        RulePart.Default => VerdictReason.Default,
        RulePart.Resolvers => VerdictReason.Resolver,
        RulePart.RateLimit => VerdictReason.Rate,
        RulePart.Redirect => VerdictReason.Redirect,
        RulePart.ForgedAnswers or RulePart.PrivateAnswers or RulePart.HeldAnswers or RulePart.Response or RulePart.Quarantine => null,
        _ => VerdictReason.Malformed,
    };

    public RuleRecord ToRecord()
    {
        var record = new RuleRecord { Action = (byte)Action, ExtendedError = RuleRecord.NoExtendedError };
        if (Reply is not null)
        {
            record.Reply = (byte)Reply.Kind;
            record.ExtendedError = Reply.ExtendedError ?? DefaultError(Reply.Kind);
            Span<byte> octets = stackalloc byte[16];
            if (Reply.V4 is { } v4)
            {
                record.HasSinkhole |= SinkholeV4;
                BinaryPrimitives.WriteUInt128BigEndian(octets, v4.Value);
                octets[12..].CopyTo(record.SinkholeV4);
            }

            if (Reply.V6 is { } v6)
            {
                record.HasSinkhole |= SinkholeV6;
                BinaryPrimitives.WriteUInt128BigEndian(octets, v6.Value);
                octets.CopyTo(record.SinkholeV6);
            }
        }

        return record;
    }

    /// <summary>RFC 8914 4.5, 4.16 and 4.19: an address of ours is a forged answer, a name is blocked, and another server or more queries are not for this client.</summary>
    private ushort DefaultError(ReplyKind kind) => (Part, kind) switch
    {
        (RulePart.Resolvers or RulePart.RateLimit or RulePart.Quarantine, _) => Prohibited,
        (_, ReplyKind.Sinkhole) => ForgedAnswer,
        _ => Blocked,
    };
}

/// <summary>Gives the kernel's rules their numbers, as they come to be used. Not thread-safe.</summary>
internal sealed class RuleNumbers(PolicyTables tables)
{
    private readonly Dictionary<KernelRule, ushort> numbers = [];
    private readonly List<KernelRule?> rules = [null];

    /// <summary>By number; the first is null.</summary>
    public IReadOnlyList<KernelRule?> Rules => rules;

    /// <summary>Takes back the numbers from <paramref name="count"/> on.</summary>
    public void CutBack(int count)
    {
        foreach (var rule in rules.Skip(count))
        {
            numbers.Remove(rule!);
        }

        rules.RemoveRange(count, rules.Count - count);
    }

    /// <exception cref="PolicyException">There are more rules than numbers.</exception>
    public ushort Of(KernelRule rule)
    {
        if (!numbers.TryGetValue(rule, out var number))
        {
            number = (ushort)rules.Count;
            tables.Rules.Add(rule.ToRecord());
            rules.Add(rule);
            tables.CheckRoom();
            numbers.Add(rule, number);
        }

        return number;
    }
}
