// Just enough of ELF (64 bit, little endian): sections by name, and where in the file a symbol's code lies.

using System.Runtime.InteropServices;
using System.Text;

namespace Eider.Bpf.Native;

/// <summary>A view of an ELF file in memory. Lies in its headers throw <see cref="InvalidDataException"/> or an out-of-range exception, never read elsewhere.</summary>
internal readonly ref struct ElfFile
{
    private const int SymbolTable = 2;
    private const int DynamicSymbols = 11;
    private const int FunctionSymbol = 2;
    private const uint LoadSegment = 1;

    private readonly ReadOnlySpan<byte> file;
    private readonly ReadOnlySpan<SectionHeader> sections;
    private readonly Header header;

    public ElfFile(ReadOnlySpan<byte> file)
    {
        if (file.Length < Marshal.SizeOf<Header>() || !file.StartsWith("\x7f"u8 + "ELF\x02\x01"u8))
        {
            throw new InvalidDataException("not a 64-bit little-endian ELF file");
        }

        this.file = file;
        header = MemoryMarshal.Read<Header>(file);
        sections = MemoryMarshal.Cast<byte, SectionHeader>(Part(header.SectionOffset, (ulong)header.SectionCount * (ulong)Marshal.SizeOf<SectionHeader>()));
    }

    /// <returns>Empty where there is no such section.</returns>
    public ReadOnlySpan<byte> Section(string name)
    {
        var names = Content(sections[header.SectionNames]);
        foreach (ref readonly var section in sections)
        {
            if (NameAt(names, section.Name) == name)
            {
                return Content(section);
            }
        }

        return default;
    }

    /// <summary>The octet of the file at which a function's code starts, which is what a uprobe is placed on.</summary>
    public ulong? FunctionOffset(string name)
    {
        foreach (ref readonly var section in sections)
        {
            if (section.Type is SymbolTable or DynamicSymbols && AddressOf(section, name) is { } address)
            {
                return ToFileOffset(address);
            }
        }

        return null;
    }

    private ulong? AddressOf(in SectionHeader table, string name)
    {
        var names = Content(sections[(int)table.Link]);
        foreach (ref readonly var symbol in MemoryMarshal.Cast<byte, Symbol>(Content(table)))
        {
            if ((symbol.Info & 0xf) == FunctionSymbol && symbol.Section != 0 && NameAt(names, symbol.Name) == name)
            {
                return symbol.Value;
            }
        }

        return null;
    }

    private ulong? ToFileOffset(ulong address)
    {
        var size = (ulong)header.SegmentCount * (ulong)Marshal.SizeOf<Segment>();
        foreach (ref readonly var segment in MemoryMarshal.Cast<byte, Segment>(Part(header.SegmentOffset, size)))
        {
            if (segment.Type == LoadSegment && address >= segment.Address && address - segment.Address < segment.FileSize)
            {
                return address - segment.Address + segment.Offset;
            }
        }

        return null;
    }

    private ReadOnlySpan<byte> Content(in SectionHeader section) => Part(section.Offset, section.Size);

    private ReadOnlySpan<byte> Part(ulong offset, ulong size) => offset <= (ulong)file.Length && size <= (ulong)file.Length - offset
        ? file.Slice((int)offset, (int)size)
        : throw new InvalidDataException("an ELF header points beyond the end of the file");

    private static string NameAt(ReadOnlySpan<byte> names, uint offset)
    {
        var tail = names[(int)offset..];
        var end = tail.IndexOf((byte)0);
        return Encoding.UTF8.GetString(end < 0 ? tail : tail[..end]);
    }

    [StructLayout(LayoutKind.Explicit, Size = 64)]
    private struct Header
    {
        [FieldOffset(32)]
        public ulong SegmentOffset;

        [FieldOffset(40)]
        public ulong SectionOffset;

        [FieldOffset(56)]
        public ushort SegmentCount;

        [FieldOffset(60)]
        public ushort SectionCount;

        [FieldOffset(62)]
        public ushort SectionNames;
    }

    [StructLayout(LayoutKind.Explicit, Size = 64)]
    private struct SectionHeader
    {
        [FieldOffset(0)]
        public uint Name;

        [FieldOffset(4)]
        public uint Type;

        [FieldOffset(24)]
        public ulong Offset;

        [FieldOffset(32)]
        public ulong Size;

        [FieldOffset(40)]
        public uint Link;
    }

    [StructLayout(LayoutKind.Explicit, Size = 24)]
    private struct Symbol
    {
        [FieldOffset(0)]
        public uint Name;

        [FieldOffset(4)]
        public byte Info;

        [FieldOffset(6)]
        public ushort Section;

        [FieldOffset(8)]
        public ulong Value;
    }

    [StructLayout(LayoutKind.Explicit, Size = 56)]
    private struct Segment
    {
        [FieldOffset(0)]
        public uint Type;

        [FieldOffset(8)]
        public ulong Offset;

        [FieldOffset(16)]
        public ulong Address;

        [FieldOffset(32)]
        public ulong FileSize;
    }
}
