// For kernels before 6.9, whose verifier quotes the source line without saying where it is: the object's .BTF.ext knows.

using System.Buffers.Binary;
using System.Text;
using Eider.Bpf.Native;

namespace Eider.Bpf;

internal static class LineInfo
{
    private const int RecordMinimum = 16;

    /// <summary>Finds the place of a source line by its text; the first where the same text stands at several.</summary>
    /// <param name="elf">The object file.</param>
    /// <param name="text">Trimmed, as the verifier quotes it.</param>
    /// <returns>Null where the object has no line information or no such line.</returns>
    public static SourceLine? Find(ReadOnlySpan<byte> elf, string text)
    {
        try
        {
            var file = new ElfFile(elf);
            return file.Section(".BTF") is { Length: > 0 } btf && file.Section(".BTF.ext") is { Length: > 0 } lines ? Find(btf, lines, text) : null;
        }
        catch (Exception e) when (e is InvalidDataException or ArgumentOutOfRangeException or IndexOutOfRangeException)
        {
            return null;
        }
    }

    private static SourceLine? Find(ReadOnlySpan<byte> btf, ReadOnlySpan<byte> ext, string text)
    {
        var strings = btf[(int)(Word(btf, 4) + Word(btf, 16))..];
        var at = (int)(Word(ext, 4) + Word(ext, 16));
        var end = at + (int)Word(ext, 20);
        var recordSize = (int)Word(ext, at);
        if (recordSize < RecordMinimum)
        {
            return null;
        }

        for (at += 4; at + 8 <= end;)
        {
            var count = (int)Word(ext, at + 4);
            at += 8;
            for (; count > 0 && at + recordSize <= end; count--, at += recordSize)
            {
                if (String(strings, Word(ext, at + 8)).AsSpan().Trim().SequenceEqual(text))
                {
                    return new(text, String(strings, Word(ext, at + 4)), (int)(Word(ext, at + 12) >> 10));
                }
            }
        }

        return null;
    }

    private static uint Word(ReadOnlySpan<byte> from, int at) => BinaryPrimitives.ReadUInt32LittleEndian(from[at..]);

    private static string String(ReadOnlySpan<byte> strings, uint offset)
    {
        var tail = strings[(int)offset..];
        return Encoding.UTF8.GetString(tail[..tail.IndexOf((byte)0)]);
    }
}
