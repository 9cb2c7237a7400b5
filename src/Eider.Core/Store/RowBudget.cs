// How many events a second the history keeps one by one: what a flood of questions may cost the workloads around it.

using System.Runtime.CompilerServices;

namespace Eider.Core.Store;

/// <summary>Lets the rate through on the mean, twice as much in a burst. Under a flood those go first that are like one kept in the same second, so that
/// what is said once is kept although much is said often. Not thread-safe.</summary>
/// <param name="rowsPerSecond">At least 1.</param>
internal sealed class RowBudget(int rowsPerSecond, TimeProvider time)
{
    private const int RecentSlots = 4096;

    /// <summary>Exchanges that end within so short a time of each other find the same room: the clock is not asked for each.</summary>
    private const long SameTimeNs = 100_000;

    /// <summary>Second and hash of what was kept, at the place of its hash.</summary>
    private readonly ulong[] recent = new ulong[RecentSlots];
    private double left = 2.0 * rowsPerSecond;
    private long filledAt = time.GetTimestamp();
    private long filledNs = long.MinValue;

    /// <summary>Whether there is room for one more row, which is taken. Alerts and losses always have it.</summary>
    public bool TryTake(Event published)
    {
        if (published is not DnsEvent dns)
        {
            return true;
        }

        Fill();
        var hash = left < rowsPerSecond ? HashOf(dns.Identity, dns.Name, dns.QueryType, dns.Rcode, dns.Server, (dns.Role, dns.StandaloneReason, dns.Unanswered), dns.Verdict) : 0;
        if (!HasRoom(hash))
        {
            return false;
        }

        if (left < rowsPerSecond)
        {
            recent[hash % RecentSlots] = Mark(hash);
        }

        left--;
        return true;
    }

    /// <summary>Whether there would be room for an exchange. Takes none.</summary>
    public bool HasRoom(in EndedExchange exchange)
    {
        var query = exchange.Query;
        var endedNs = (exchange.Response ?? query).TimeNs;
        if (unchecked((ulong)(endedNs - filledNs)) > SameTimeNs)
        {
            filledNs = endedNs;
            Fill();
        }

        return left >= rowsPerSecond || (left >= 1 && HasRoom(HashOf(
            exchange.Identity, query.Name, query.QueryType, exchange.Response?.Rcode, query.Server, (query.Role, StandaloneReason.None, exchange.IsUnanswered), exchange.Verdict)));
    }

    private bool HasRoom(uint hash) => left >= rowsPerSecond || (left >= 1 && recent[hash % RecentSlots] != Mark(hash));

    private void Fill()
    {
        if (left >= rowsPerSecond)
        {
            return;
        }

        var now = time.GetTimestamp();
        left = Math.Min(2.0 * rowsPerSecond, left + (time.GetElapsedTime(filledAt, now).TotalSeconds * rowsPerSecond));
        filledAt = now;
    }

    /// <summary>The same for the same question of the same process to the same server, with the same end.</summary>
    private static uint HashOf(
        Identity identity, string? name, ushort? queryType, ushort? rcode, Endpoint server, (Role Role, StandaloneReason Reason, bool IsUnanswered) end, Verdict? verdict) =>
        (uint)HashCode.Combine(RuntimeHelpers.GetHashCode(identity), name, queryType, rcode, server, end, verdict?.Action);

    private ulong Mark(uint hash) => ((ulong)(filledAt / time.TimestampFrequency) << 32) | hash;
}
