// From the kernel's numbers back to the names people gave.

using Eider.Core.Abi;

namespace Eider.Core.Policy;

public sealed partial class PolicyEngine
{
    private const int MostDescribed = 4096;

    /// <summary>Verdicts travel through the ring while policies change, so the ones before are remembered too. Newest first; replaced, never changed.</summary>
    private volatile Epoch[] epochs = [];

    /// <summary>The pipeline's own.</summary>
    private readonly Dictionary<KernelVerdict, Verdict?> described = [];
    private Epoch[] describedEpochs = [];

    /// <param name="From">The first of its generations.</param>
    private sealed record Epoch(uint From, CompiledPolicies Compiled);

    /// <summary>Tells the kernel that answers held back will be let go of. Any thread.</summary>
    /// <param name="boottimeNs">Until then; on the kernel's clock.</param>
    public void HoldUntil(ulong boottimeNs) => maps.HoldUntil(boottimeNs);

    /// <summary>The names of the rules behind a verdict. The pipeline's thread; without allocation but for the first of its kind.</summary>
    /// <returns>Null where nothing was judged, or where it was by nobody's policy.</returns>
    public Verdict? Describe(in KernelVerdict verdict)
    {
        if (verdict.Action == 0 || (verdict.Reason == (byte)VerdictReason.None && verdict.AuditAction == 0))
        {
            return null;
        }

        if (described.Count >= MostDescribed || describedEpochs != epochs)
        {
            described.Clear();
            describedEpochs = epochs;
        }

        if (!described.TryGetValue(verdict, out var known))
        {
            lock (gate)
            {
                known = VerdictNames.Of(verdict, CompiledFor(verdict.Generation, describedEpochs));
            }

            described.Add(verdict, known);
        }

        return known;
    }

    private static CompiledPolicies? CompiledFor(uint generation, Epoch[] epochs)
    {
        foreach (var epoch in epochs)
        {
            // Generations count on beyond the last number.
            if ((int)(generation - epoch.From) >= 0)
            {
                return epoch.Compiled;
            }
        }

        return null;
    }

    private void Remember(uint generation, CompiledPolicies compiled) => epochs = [new Epoch(generation, compiled), .. epochs.Take(1)];
}

/// <summary>What an event tells of a verdict.</summary>
internal static class VerdictNames
{
    /// <param name="compiled">That the verdict's numbers are of; null where they are not known any more.</param>
    public static Verdict Of(in KernelVerdict verdict, CompiledPolicies? compiled)
    {
        var rule = RuleOf(verdict.Rule, compiled);
        var reason = (VerdictReason)verdict.Reason;
        var isDenied = verdict.Action == (byte)VerdictAction.Deny;

        // What is enforced is what happened; short of a denial, what an audited policy would have done is the news. It may have an enforced policy's rule deny:
        // by passing a name on, or by looking at other ports.
        if (!isDenied && verdict.AuditAction != 0 && RuleOf(verdict.AuditRule, compiled) is { } audited &&
            (compiled!.PolicyOf(audited).Mode == PolicyMode.Audit || verdict.AuditAction == (byte)VerdictAction.Deny))
        {
            return Named((VerdictAction)verdict.AuditAction, VerdictMode.Audit, audited, IsOfAnswer(reason) ? reason : audited.Reason ?? reason, compiled);
        }

        return Named((VerdictAction)verdict.Action, VerdictMode.Enforce, rule, IsOfAnswer(reason) ? reason : rule?.Reason ?? reason, compiled);
    }

    /// <summary>What is said of an answer is not what the rule says of queries.</summary>
    private static bool IsOfAnswer(VerdictReason reason) => reason >= VerdictReason.Source;

    public static KernelRule? RuleOf(ushort number, CompiledPolicies? compiled) =>
        compiled is not null && number < compiled.Rules.Rules.Count ? compiled.Rules.Rules[number] : null;

    private static Verdict Named(VerdictAction action, VerdictMode mode, KernelRule? rule, VerdictReason reason, CompiledPolicies? compiled) =>
        rule is null ? new Verdict(action, mode, reason, null, null, null) : new Verdict(action, mode, reason, compiled!.PolicyOf(rule).FullName, rule.PartName, rule.List);
}
