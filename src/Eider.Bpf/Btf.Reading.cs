// The encoding of BTF: a header, a section of types with ids from 1, a section of strings. Documentation/bpf/btf.rst in the kernel's tree.

using System.Buffers.Binary;
using System.Text;

namespace Eider.Bpf;

public sealed partial class Btf
{
    private const ushort Magic = 0xeb9f;
    private const int HeaderSize = 24;
    private const int TypeSize = 12;
    private const int MaxDepth = 32;
    private const int PointerSize = 8;

    private readonly byte[] raw;
    private readonly int strings;
    private readonly int stringsEnd;
    private readonly List<int> types = [0];
    private readonly Dictionary<string, int> structs = new(StringComparer.Ordinal);

    private enum Kind
    {
        Void,
        Int,
        Pointer,
        Array,
        Struct,
        Union,
        Enum,
        Forward,
        Typedef,
        Volatile,
        Const,
        Restrict,
        Function,
        FunctionPrototype,
        Variable,
        DataSection,
        Float,
        DeclarationTag,
        TypeTag,
        Enum64,
    }

    private Btf(byte[] raw)
    {
        this.raw = raw;
        if (raw.Length < HeaderSize || BinaryPrimitives.ReadUInt16LittleEndian(raw) != Magic)
        {
            throw new InvalidDataException("not BTF: the magic number 0xeB9F is missing");
        }

        var header = (long)Word(4);
        var typesStart = header + Word(8);
        var typesEnd = typesStart + Word(12);
        var stringsStart = header + Word(16);
        var end = stringsStart + Word(20);
        if (typesEnd > raw.Length || end > raw.Length)
        {
            throw new InvalidDataException("not BTF: a section lies beyond the end");
        }

        (strings, stringsEnd) = ((int)stringsStart, (int)end);
        IndexTypes((int)typesStart, (int)typesEnd);
    }

    private int Count => types.Count;

    private void IndexTypes(int start, int end)
    {
        for (var at = start; at < end;)
        {
            types.Add(at);
            var id = Count - 1;
            var size = at + TypeSize <= end ? TypeSize + TrailerOf(id) : TypeSize;
            if (at + size > end)
            {
                throw new InvalidDataException($"not BTF: type {id} is cut");
            }

            if (KindOf(id) is Kind.Struct or Kind.Union && NameOf(id) is { Length: > 0 } name)
            {
                structs.TryAdd(name, id);
            }

            at += size;
        }
    }

    private int TrailerOf(int id) => KindOf(id) switch
    {
        Kind.Int or Kind.Variable or Kind.DeclarationTag => 4,
        Kind.Array => 12,
        Kind.Struct or Kind.Union or Kind.DataSection or Kind.Enum64 => 12 * LengthOf(id),
        Kind.Enum or Kind.FunctionPrototype => 8 * LengthOf(id),
        <= Kind.Enum64 => 0,
        _ => throw new InvalidDataException($"BTF type {id} is of an unknown kind"),
    };

    private uint Word(int at) => BinaryPrimitives.ReadUInt32LittleEndian(raw.AsSpan(at));

    private int At(int id) => (uint)id < (uint)Count ? types[id] : throw new InvalidDataException($"BTF refers to type {id}, which does not exist");

    private Kind KindOf(int id) => id == 0 ? Kind.Void : (Kind)(Word(At(id) + 4) >> 24 & 0x1f);

    private int LengthOf(int id) => (int)(Word(At(id) + 4) & 0xffff);

    private bool HasKindFlag(int id) => Word(At(id) + 4) >> 31 != 0;

    private uint SizeField(int id) => Word(At(id) + 8);

    private int Entry(int id, int index, int size) => At(id) + TypeSize + index * size;

    private string NameOf(int id) => id == 0 ? "void" : String(Word(At(id)));

    private string String(uint offset)
    {
        var start = strings + (long)offset;
        if (start >= stringsEnd)
        {
            throw new InvalidDataException("BTF refers to a string beyond the end");
        }

        var tail = raw.AsSpan((int)start, stringsEnd - (int)start);
        var length = tail.IndexOf((byte)0);
        return Encoding.UTF8.GetString(length < 0 ? tail : tail[..length]);
    }

    /// <summary>The type behind typedefs and qualifiers.</summary>
    private int Skip(int id)
    {
        for (var depth = 0; depth < MaxDepth; depth++)
        {
            if (KindOf(id) is not (Kind.Typedef or Kind.Const or Kind.Volatile or Kind.Restrict or Kind.TypeTag))
            {
                return id;
            }

            id = (int)SizeField(id);
        }

        throw new InvalidDataException($"BTF type {id} refers to itself");
    }

    private int SizeOf(int id, int depth = 0)
    {
        id = Skip(id);
        return KindOf(id) switch
        {
            Kind.Pointer => PointerSize,
            Kind.Array when depth < MaxDepth => checked((int)Word(At(id) + TypeSize + 8) * SizeOf((int)Word(At(id) + TypeSize), depth + 1)),
            Kind.Int or Kind.Struct or Kind.Union or Kind.Enum or Kind.Float or Kind.Enum64 => (int)SizeField(id),
            _ => 0,
        };
    }

    private int? ArrayLengthOf(int id, out int element)
    {
        int? length = null;
        element = id;
        for (var depth = 0; KindOf(element) == Kind.Array && depth < MaxDepth; depth++)
        {
            length = checked((length ?? 1) * (int)Word(At(element) + TypeSize + 8));
            element = Skip((int)Word(At(element) + TypeSize));
        }

        return length;
    }

    private string TypeNameOf(int id) => KindOf(id) switch
    {
        Kind.Struct => "struct " + NameOf(id),
        Kind.Union => "union " + NameOf(id),
        Kind.Enum or Kind.Enum64 => "enum " + NameOf(id),
        Kind.Pointer => "pointer",
        _ => NameOf(id),
    };
}
