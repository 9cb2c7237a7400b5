// Names as text: hashed, compared and cut the way the DNS sees them.

namespace Eider.Core.Detect;

internal static class NameText
{
    private const ulong Multiplier = 0x9e37_79b9_7f4a_7c15; // 2^64 / golden ratio: odd, its bits are well mixed

    /// <summary>The same for every spelling. Seeded, so that nobody outside can choose names that collide.</summary>
    public static ulong Hash(ReadOnlySpan<char> name, ulong seed)
    {
        var hash = seed ^ (uint)name.Length;
        foreach (var c in name)
        {
            var high = Math.BigMul(hash ^ (char.IsAsciiLetterUpper(c) ? (uint)(c | 0x20) : c), Multiplier, out var low);
            hash = high ^ low ^ seed;
        }

        return hash;
    }

    /// <summary>True for <paramref name="zone"/> itself and for everything below it, in any case.</summary>
    public static bool IsWithin(ReadOnlySpan<char> name, ReadOnlySpan<char> zone) =>
        name.EndsWith(zone, StringComparison.OrdinalIgnoreCase) && (name.Length == zone.Length || name[name.Length - zone.Length - 1] == '.');
}
