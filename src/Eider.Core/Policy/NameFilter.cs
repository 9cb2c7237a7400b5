// The filter in front of a table of names, made from the table itself: EIDER_FILTER_WORDS of bpf/abi.h.

namespace Eider.Core.Policy;

/// <summary>A Bloom filter with both bits of a name in one word. With 1.3 million names it lets one foreign name in fourteen through to the table.</summary>
internal static class NameFilter
{
    /// <summary>Of one side.</summary>
    public const int Words = 1 << 17;

    private const int SetBits = 16;
    private const int WordShift = 31;
    private const int BitMask = 63;

    /// <param name="filter">Written over.</param>
    public static void Write(ReadOnlySpan<NameBucket> buckets, Span<ulong> filter)
    {
        filter.Clear();
        foreach (ref readonly var bucket in buckets)
        {
            foreach (var slot in bucket)
            {
                if (slot == 0)
                {
                    break; // slots fill from the first
                }

                var hash = slot >> SetBits;
                filter[(int)(hash >> WordShift)] |= (1UL << (int)(hash & BitMask)) | (1UL << (int)((hash >> 6) & BitMask));
            }
        }
    }
}
