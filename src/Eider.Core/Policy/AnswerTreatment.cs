// What becomes of answers to a subject's queries, as its posture says it: the part of an explanation that no query shows.

using System.Collections.Immutable;
using Eider.Core.Abi;

namespace Eider.Core.Policy;

/// <summary>One thing that is done to answers, or would be.</summary>
/// <param name="Kind">As the key of <c>answers</c> in a policy: <c>forged</c>, <c>rebinding</c>, <c>aliases</c>, <c>holdOn</c>.</param>
/// <param name="Mode">Audit: it would be done.</param>
/// <param name="Policy">By whose word; null for aliases, which the rules deny.</param>
public sealed record AnswerTreatment(string Kind, VerdictMode Mode, DnsPolicy? Policy)
{
    /// <summary>For people.</summary>
    public string Text
    {
        get
        {
            var (what, verb) = Kind switch
            {
                "forged" => ("forged answers", "dropped"),
                "rebinding" => ("private addresses for public names", "denied"),
                "aliases" => ("aliases of denied names", "denied"),
                _ => ("suspicious early answers", "held back"),
            };
            return $"{what} {(Mode == VerdictMode.Audit ? "would be" : "are")} {verb}{(Policy is null ? "" : $" by policy {Policy.FullName}")}";
        }
    }

    internal static ImmutableArray<AnswerTreatment> Of(PostureRecord posture, CompiledPolicies compiled)
    {
        var treatments = ImmutableArray.CreateBuilder<AnswerTreatment>();
        Add("forged", PostureFlags.Forged, PostureFlags.TryForged, posture.ForgedRule);
        Add("rebinding", PostureFlags.Rebinding, PostureFlags.TryRebinding, posture.RebindingRule);
        Add("aliases", PostureFlags.Aliases, PostureFlags.TryAliases, 0);
        Add("holdOn", PostureFlags.Hold, PostureFlags.TryHold, posture.HoldRule);
        return treatments.ToImmutable();

        void Add(string kind, PostureFlags enforced, PostureFlags audited, ushort number)
        {
            if ((posture.Flags & (enforced | audited)) != 0)
            {
                var rule = VerdictNames.RuleOf(number, compiled);
                treatments.Add(new AnswerTreatment(kind, (posture.Flags & enforced) != 0 ? VerdictMode.Enforce : VerdictMode.Audit, rule is null ? null : compiled.PolicyOf(rule)));
            }
        }
    }
}
