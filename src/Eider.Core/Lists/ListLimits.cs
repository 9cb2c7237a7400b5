// How large a list may be.

namespace Eider.Core.Lists;

/// <param name="StoredOctets">Of a compressed file, or of what a server sends compressed.</param>
/// <param name="UnpackedOctets">Of the text.</param>
public sealed record ListLimits(long StoredOctets, long UnpackedOctets)
{
    /// <summary>Five million names take about 100 MiB.</summary>
    public static readonly ListLimits Default = new(64L << 20, 512L << 20);

    /// <summary>Longer lines are passed over. A line holds a name or a few; what is longer is the cosmetic rules of ad blockers.</summary>
    public const int LongestLine = 64 << 10;
}
