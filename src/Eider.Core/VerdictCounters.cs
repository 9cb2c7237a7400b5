// How many queries and answers policies had a say on, by what they said and why.

namespace Eider.Core;

/// <param name="Mode">Audit: what would have been done.</param>
public readonly record struct VerdictCount(VerdictAction Action, VerdictMode Mode, VerdictReason Reason, long Count);

/// <summary>Written by the pipeline's thread; reading from another gives recent values.</summary>
public sealed class VerdictCounters
{
    private static readonly VerdictAction[] Actions = Enum.GetValues<VerdictAction>();
    private static readonly VerdictMode[] Modes = Enum.GetValues<VerdictMode>();
    private static readonly VerdictReason[] Reasons = Enum.GetValues<VerdictReason>();

    private readonly long[] counts = new long[Actions.Length * Modes.Length * Reasons.Length];

    /// <summary>Those that occurred, in the order of the enumerations.</summary>
    public IEnumerable<VerdictCount> All
    {
        get
        {
            foreach (var action in Actions)
            {
                foreach (var mode in Modes)
                {
                    foreach (var reason in Reasons)
                    {
                        if (Volatile.Read(ref counts[Slot(action, mode, reason)]) is > 0 and var count)
                        {
                            yield return new VerdictCount(action, mode, reason, count);
                        }
                    }
                }
            }
        }
    }

    internal void Add(Verdict verdict)
    {
        // What the kernel side of another version may say is not worth an exception on the road.
        if (verdict.Action is VerdictAction.Allow or VerdictAction.Deny && verdict.Mode <= VerdictMode.Audit && (int)verdict.Reason < Reasons.Length)
        {
            counts[Slot(verdict.Action, verdict.Mode, verdict.Reason)]++;
        }
    }

    private static int Slot(VerdictAction action, VerdictMode mode, VerdictReason reason) =>
        ((((int)action - (int)VerdictAction.Allow) * Modes.Length) + (int)mode) * Reasons.Length + (int)reason;
}
