// Reading the kernel's fixed-size strings.

namespace Eider.Core.Enrich;

internal static class Octets
{
    public static ReadOnlySpan<byte> UntilNul(this ReadOnlySpan<byte> octets)
    {
        var length = octets.IndexOf((byte)0);
        return length < 0 ? octets : octets[..length];
    }
}
