// Compares a C# struct with the C struct it mirrors, octet for octet.

using System.Diagnostics.CodeAnalysis;
using System.Reflection;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Eider.Bpf;

/// <summary>Finds where a C# mirror of a C struct does not lie as the compiler laid the C struct out. Uses reflection: for tests and start-up.</summary>
public static class LayoutCheck
{
    /// <summary>Compares size, and each field's offset and size. Fields are matched by name: <c>start_ns</c> is <c>StartNs</c>, any case. Members named
    /// <c>pad…</c> may be missing on either side, since the offsets around them speak for them.</summary>
    /// <param name="btf">Of the object that writes the struct.</param>
    /// <param name="cName">Of the C struct, without the keyword.</param>
    /// <returns>Every difference, in words; empty when the layouts agree.</returns>
    /// <exception cref="BpfMismatchException">There is no such C struct.</exception>
    public static IReadOnlyList<string> Compare<[DynamicallyAccessedMembers(
        DynamicallyAccessedMemberTypes.PublicFields | DynamicallyAccessedMemberTypes.NonPublicFields)] T>(Btf btf, string cName)
        where T : unmanaged
    {
        var expected = btf.Get(cName);
        var mirror = typeof(T).Name;
        var differences = new List<string>();
        if (expected.Size != Unsafe.SizeOf<T>())
        {
            differences.Add($"{mirror} has {Unsafe.SizeOf<T>()} octets, struct {cName} has {expected.Size}");
        }

        var fields = typeof(T).GetFields(BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic).ToDictionary(field => Normal(field.Name), StringComparer.Ordinal);
        foreach (var member in expected.Members)
        {
            if (fields.Remove(Normal(member.Name), out var field))
            {
                Compare<T>(differences, field, member, $"{mirror}.{Shown(field.Name)}", $"{cName}.{member.Name}");
            }
            else if (!IsPadding(member.Name) && member.Size > 0)
            {
                differences.Add($"{mirror} has no field for {cName}.{member.Name} (offset {member.Offset}, {member.Size} octets)");
            }
        }

        differences.AddRange(fields.Values.Where(field => !IsPadding(Shown(field.Name))).Select(field => $"{mirror}.{Shown(field.Name)} has no counterpart in struct {cName}"));
        return differences;
    }

    private static void Compare<T>(List<string> differences, FieldInfo field, BtfMember member, string mine, string theirs)
        where T : unmanaged
    {
        var (offset, size) = ExtentOf<T>(field);
        if (offset != member.Offset)
        {
            differences.Add($"{mine} is at offset {offset}, {theirs} is at {member.Offset}");
        }

        if (size != member.Size)
        {
            differences.Add($"{mine} has {size} octets, {theirs} has {member.Size}");
        }
    }

    /// <summary>Sets every octet of a value, lets the field take its default, and looks which octets that cleared: true of the layout as it is in memory,
    /// for every kind of field.</summary>
    private static (int Offset, int Size) ExtentOf<T>(FieldInfo field)
        where T : unmanaged
    {
        T value;
        Unsafe.SkipInit(out value);
        MemoryMarshal.AsBytes(new Span<T>(ref value)).Fill(0xff);
        object boxed = value;
        field.SetValue(boxed, null);
        value = (T)boxed;
        var octets = MemoryMarshal.AsBytes(new ReadOnlySpan<T>(in value));
        var first = octets.IndexOf((byte)0);
        return first < 0 ? (-1, 0) : (first, octets.LastIndexOf((byte)0) - first + 1);
    }

    private static bool IsPadding(string name) => Normal(name).StartsWith("pad", StringComparison.Ordinal);

    private static string Normal(string name) => Shown(name).Replace("_", "", StringComparison.Ordinal).ToLowerInvariant();

    /// <summary>The property that a compiler-made field stands behind.</summary>
    private static string Shown(string name) => name.StartsWith('<') ? name[1..name.IndexOf('>')] : name;
}
