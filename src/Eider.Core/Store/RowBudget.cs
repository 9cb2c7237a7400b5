// How many events a second the history keeps one by one: what a flood of questions may cost the workloads around it.

using System.Runtime.CompilerServices;

namespace Eider.Core.Store;

/// <summary>Lets the rate through on the mean, twice as much in a burst. Under a flood those go first that are like one kept in the same second, so that
/// what is said once is kept although much is said often. Not thread-safe.</summary>
/// <param name="rowsPerSecond">At least 1.</param>
internal sealed class RowBudget(int rowsPerSecond, TimeProvider time)
{
    private const int RecentSlots = 4096;

    /// <summary>Second and hash of what was kept, at the place of its hash.</summary>
    private readonly ulong[] recent = new ulong[RecentSlots];
    private double left = 2.0 * rowsPerSecond;
    private long filledAt = time.GetTimestamp();

    /// <summary>Whether there is room for one more row. Alerts and losses always have it.</summary>
    public bool TryTake(Event published)
    {
        if (published is not DnsEvent dns)
        {
            return true;
        }

        if (left < rowsPerSecond)
        {
            Fill();
        }

        if (left < 1 || (left < rowsPerSecond && IsLikeRecent(dns)))
        {
            return false;
        }

        left--;
        return true;
    }

    private void Fill()
    {
        var now = time.GetTimestamp();
        left = Math.Min(2.0 * rowsPerSecond, left + (time.GetElapsedTime(filledAt, now).TotalSeconds * rowsPerSecond));
        filledAt = now;
    }

    /// <summary>The same question of the same process to the same server, with the same end.</summary>
    private bool IsLikeRecent(DnsEvent dns)
    {
        var hash = HashCode.Combine(
            RuntimeHelpers.GetHashCode(dns.Identity), dns.Name, dns.QueryType, dns.Rcode, dns.Server, (dns.Role, dns.StandaloneReason), dns.Unanswered, dns.Verdict?.Action);
        ref var kept = ref recent[(uint)hash % RecentSlots];
        var now = ((ulong)(filledAt / time.TimestampFrequency) << 32) | (uint)hash;
        if (kept == now)
        {
            return true;
        }

        kept = now;
        return false;
    }
}
