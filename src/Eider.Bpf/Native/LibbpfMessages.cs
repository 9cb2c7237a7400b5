// Keeps what libbpf says away from the terminal: its messages are collected for the call under way on this thread, to go into a BpfException.

using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Text;

namespace Eider.Bpf.Native;

/// <summary>Collects libbpf's messages from <see cref="Collect"/> to its disposal, on that thread only. Nested collectors each take their own.</summary>
internal ref struct LibbpfMessages
{
    private const int DebugLevel = 2;
    private const int MaxLength = 32 << 20;

    [ThreadStatic]
    private static Collector? current;

    private readonly Collector? outer;
    private readonly Collector own;

    private LibbpfMessages(Collector own)
    {
        this.own = own;
        outer = current;
        current = own;
    }

    private sealed class Collector(bool debug)
    {
        public readonly StringBuilder Text = new();
        public readonly bool Debug = debug;
    }

    /// <param name="debug">True to keep debug messages too (verifier logs of successful loads are among them).</param>
    public static LibbpfMessages Collect(bool debug = false) => new(new Collector(debug));

    public override readonly string ToString() => own.Text.ToString();

    public readonly void Dispose() => current = outer;

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    internal static unsafe int Print(int level, byte* format, nint arguments)
    {
        var into = current;
        if (into is null || (level >= DebugLevel && !into.Debug) || into.Text.Length > MaxLength)
        {
            return 0;
        }

        try
        {
            into.Text.Append(Format(format, arguments));
        }
        catch (OutOfMemoryException)
        {
            // Nothing may be thrown through libbpf's frames; a lost message is the lesser harm.
        }

        return 0;
    }

    /// <summary>Formats once for the length and once for the text. vsnprintf consumes its va_list, which both ABIs pass as a pointer to the
    /// caller's copy, so that copy is put back in between.</summary>
    private static unsafe string Format(byte* format, nint arguments)
    {
        var listSize = RuntimeInformation.ProcessArchitecture == Architecture.Arm64 ? 32 : 24;
        Span<byte> saved = stackalloc byte[32];
        new ReadOnlySpan<byte>((void*)arguments, listSize).CopyTo(saved);

        const int Short = 1024;
        var small = stackalloc byte[Short];
        var length = Libc.vsnprintf(small, Short, format, arguments);
        if (length < Short)
        {
            return Encoding.UTF8.GetString(small, Math.Max(length, 0));
        }

        saved[..listSize].CopyTo(new Span<byte>((void*)arguments, listSize));
        var large = new byte[length + 1];
        fixed (byte* pointer = large)
        {
            _ = Libc.vsnprintf(pointer, (nuint)large.Length, format, arguments);
        }

        return Encoding.UTF8.GetString(large, 0, length);
    }
}
