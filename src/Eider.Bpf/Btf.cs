// BPF type information: how the C compiler laid out structs and global variables. The truth that C# mirrors are compared with.

using Eider.Bpf.Native;

namespace Eider.Bpf;

/// <summary>A member of a struct, as compiled.</summary>
/// <param name="Name">As in C.</param>
/// <param name="Offset">Octets from the start of the outermost struct.</param>
/// <param name="Size">Octets; of the whole array for an array, 0 for a flexible array member.</param>
/// <param name="ArrayLength">Elements of an array, of all dimensions; null where it is not one.</param>
/// <param name="TypeName">E.g. <c>__u32</c>, <c>struct eider_owner</c>; of the element for an array.</param>
/// <param name="BitSize">Bits of a bit field; 0 where it is not one.</param>
public sealed record BtfMember(string Name, int Offset, int Size, int? ArrayLength, string TypeName, int BitSize);

/// <summary>A struct or union, as compiled. Members of anonymous structs and unions inside it stand beside its own.</summary>
public sealed record BtfStruct(string Name, int Size, IReadOnlyList<BtfMember> Members);

/// <summary>A global variable of an object: in which section, at which octet of it.</summary>
internal sealed record BtfVariable(string Name, string Section, int Offset, int Size);

/// <summary>Type information of an object or of the running kernel. Immutable, independent of the object it came from, thread-safe.</summary>
public sealed partial class Btf
{
    private const string KernelPath = "/sys/kernel/btf/vmlinux";

    /// <summary>Of an opened object.</summary>
    /// <exception cref="BpfMismatchException">The object was compiled without -g.</exception>
    public static unsafe Btf Of(BpfObject bpfObject)
    {
        var native = Libbpf.bpf_object__btf(bpfObject.Native);
        uint size = 0;
        var raw = native == 0 ? null : Libbpf.btf__raw_data(native, &size);
        return raw is not null
            ? Parse(new ReadOnlySpan<byte>(raw, (int)size).ToArray())
            : throw new BpfMismatchException($"object {bpfObject.Name} has no type information: compile it with -g");
    }

    /// <summary>Of the running kernel; some megabytes, read anew on each call.</summary>
    /// <exception cref="BpfException">The kernel was built without CONFIG_DEBUG_INFO_BTF.</exception>
    public static Btf OfKernel()
    {
        try
        {
            return Parse(File.ReadAllBytes(KernelPath));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new BpfException("read kernel type information", KernelPath, Errno.NoEntry, suggestion: "use a kernel built with CONFIG_DEBUG_INFO_BTF=y");
        }
    }

    /// <exception cref="InvalidDataException">It is not BTF of this machine's byte order.</exception>
    public static Btf Parse(byte[] raw) => new(raw);

    /// <summary>A copy of the encoded form.</summary>
    public byte[] ToArray() => [.. raw];

    public bool Has(string structName) => structs.ContainsKey(structName);

    /// <param name="structName">Of a struct or union, without the keyword.</param>
    /// <exception cref="BpfMismatchException">There is no such struct.</exception>
    public BtfStruct Get(string structName)
    {
        if (!structs.TryGetValue(structName, out var id))
        {
            throw new BpfMismatchException($"no struct \"{structName}\" in the type information; a struct that no program or map uses is left out by the compiler");
        }

        var members = new List<BtfMember>();
        AddMembers(members, id, 0, 0);
        return new(structName, (int)SizeField(id), members);
    }

    internal BtfVariable? FindVariable(string name) => Variables().FirstOrDefault(variable => variable.Name == name);

    /// <summary>Variables of the sections that hold values (.rodata, .data, .bss and named ones like .data.x).</summary>
    internal IEnumerable<BtfVariable> Variables()
    {
        for (var id = 1; id < Count; id++)
        {
            if (KindOf(id) != Kind.DataSection || NameOf(id) is not { } section || !IsOfValues(section))
            {
                continue;
            }

            for (var i = 0; i < LengthOf(id); i++)
            {
                var entry = Entry(id, i, 12);
                yield return new(NameOf((int)Word(entry)), section, (int)Word(entry + 4), (int)Word(entry + 8));
            }
        }
    }

    private static bool IsOfValues(string section) => section.StartsWith(".rodata", StringComparison.Ordinal)
        || section.StartsWith(".data", StringComparison.Ordinal) || section.StartsWith(".bss", StringComparison.Ordinal);

    private void AddMembers(List<BtfMember> into, int id, int baseOffset, int depth)
    {
        var hasBitFields = HasKindFlag(id);
        for (var i = 0; i < LengthOf(id); i++)
        {
            var entry = Entry(id, i, 12);
            var name = String(Word(entry));
            var type = Skip((int)Word(entry + 4));
            var bits = Word(entry + 8);
            var bitSize = hasBitFields ? (int)(bits >> 24) : 0;
            var offset = baseOffset + (int)(hasBitFields ? bits & 0xff_ffff : bits) / 8;
            if (name.Length == 0 && KindOf(type) is Kind.Struct or Kind.Union && depth < MaxDepth)
            {
                AddMembers(into, type, offset, depth + 1);
                continue;
            }

            into.Add(new(name, offset, SizeOf(type), ArrayLengthOf(type, out var element), TypeNameOf(element), bitSize));
        }
    }
}
