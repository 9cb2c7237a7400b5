// Checks that a typed view fits its map, once, at construction.

using System.Runtime.CompilerServices;

namespace Eider.Bpf;

internal static class MapShape
{
    /// <exception cref="BpfMismatchException">The map is of none of these types.</exception>
    public static void ExpectType(BpfMap map, params ReadOnlySpan<MapType> types)
    {
        _ = map.Fd;
        if (!types.Contains(map.Type))
        {
            throw new BpfMismatchException($"map {map.Name} is of type {map.Type}, not {string.Join(" or ", types.ToArray())}");
        }
    }

    /// <exception cref="BpfMismatchException">A key of the map has another size.</exception>
    public static void ExpectKey<TKey>(BpfMap map)
        where TKey : unmanaged => ExpectSize(map, "key", map.KeySize, Unsafe.SizeOf<TKey>(), typeof(TKey).Name);

    /// <exception cref="BpfMismatchException">A value of the map has another size.</exception>
    public static void ExpectValue<TValue>(BpfMap map)
        where TValue : unmanaged => ExpectSize(map, "value", map.ValueSize, Unsafe.SizeOf<TValue>(), typeof(TValue).Name);

    /// <summary>For an operation that expects the entry to be there or to fit.</summary>
    public static void Check(BpfMap map, string action, int result)
    {
        if (result < 0)
        {
            throw Failed(map, action, -result);
        }
    }

    public static BpfException Failed(BpfMap map, string action, int errno) => new($"{action} map", map.Name, errno, suggestion: errno switch
    {
        Errno.TooBig => $"the map is full ({map.MaxEntries} entries) or the index is beyond it",
        Errno.PermissionDenied => Suggestions.For(errno, ""),
        _ => null,
    });

    private static void ExpectSize(BpfMap map, string part, int size, int given, string type)
    {
        if (size != given)
        {
            throw new BpfMismatchException($"a {part} of map {map.Name} has {size} octets, but {type} has {given}");
        }
    }
}
