// When events were lost: an answer without its question is no finding then.

namespace Eider.Core.Detect;

internal sealed class SensorGaps
{
    /// <summary>A question that was lost may be answered this much later: the tries of a resolver library and what is remembered of late answers.</summary>
    public const long AfterNs = 20_000_000_000;

    private long untilNs = long.MinValue;

    public void Note(long nowNs) => untilNs = nowNs + AfterNs;

    public bool IsRecent(long nowNs) => nowNs < untilNs;
}
