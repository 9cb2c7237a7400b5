// How large the parts of a list may be. How large a list may be as a whole, its specification says.

namespace Eider.Core.Lists;

public static class ListLimits
{
    /// <summary>Octets of a list that is compressed, as stored or as sent. One million names take about 6 MiB.</summary>
    public const long Compressed = 64L << 20;

    /// <summary>Octets. Longer lines are passed over: a line holds a name or a few; what is longer is the cosmetic rules of ad blockers.</summary>
    public const int LongestLine = 64 << 10;
}
