// Latencies as counts in log-linear buckets: percentiles for views and metrics from fixed memory, however many values go in.

using System.Numerics;

namespace Eider.Core.Statistics;

/// <summary>Counts durations in nanoseconds. Each power of two is split into 16 _buckets, so a percentile is at most 1/32 (3.2 %) off the true value.
/// About 5 KiB, allocated once. Not safe for concurrent use.</summary>
public sealed class LatencyHistogram
{
    private const int SubBits = 4;
    private const int SubBuckets = 1 << SubBits;

    /// <summary>Values from 2^42 ns (73 minutes) on share the last bucket; no DNS exchange is kept open that long.</summary>
    private const int MaxBits = 42;

    private readonly long[] _buckets = new long[((MaxBits - SubBits) * SubBuckets) + SubBuckets];

    public long Count { get; private set; }

    /// <summary>The largest value recorded, exact; 0 when there is none.</summary>
    public long MaxNs { get; private set; }

    /// <summary>The sum of all values recorded, exact.</summary>
    public long SumNs { get; private set; }

    /// <summary>Adds one value; a negative one counts as 0.</summary>
    public void Record(long valueNs)
    {
        var value = Math.Max(0, valueNs);
        _buckets[BucketOf(value)]++;
        Count++;
        SumNs += value;
        MaxNs = Math.Max(MaxNs, value);
    }

    /// <summary>The value that <paramref name="percent"/> percent of all recorded values do not exceed, within the bucket's width; 0 when there is none.</summary>
    /// <param name="percent">0 to 100.</param>
    public long PercentileNs(double percent)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(percent);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(percent, 100);
        var rank = Math.Max(1, (long)Math.Ceiling(Count * percent / 100));
        long seen = 0;
        for (var bucket = 0; bucket < _buckets.Length && Count > 0; bucket++)
        {
            seen += _buckets[bucket];
            if (seen >= rank)
            {
                return Math.Min(MaxNs, MiddleOf(bucket));
            }
        }

        return MaxNs;
    }

    public void Clear()
    {
        Array.Clear(_buckets);
        Count = MaxNs = SumNs = 0;
    }

    private static int BucketOf(long value)
    {
        if (value < SubBuckets)
        {
            return (int)value;
        }

        var exponent = BitOperations.Log2((ulong)value);
        return exponent >= MaxBits
            ? ((MaxBits - SubBits) * SubBuckets) + SubBuckets - 1
            : ((exponent - SubBits + 1) * SubBuckets) + (int)((value >> (exponent - SubBits)) & (SubBuckets - 1));
    }

    private static long MiddleOf(int bucket)
    {
        if (bucket < SubBuckets)
        {
            return bucket;
        }

        var shift = (bucket / SubBuckets) - 1;
        var low = (long)(SubBuckets + (bucket % SubBuckets)) << shift;
        return low + ((1L << shift) >> 1);
    }
}
