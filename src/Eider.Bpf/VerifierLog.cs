// Where the verifier writes when it refuses a program.

using System.Runtime.InteropServices;
using Eider.Bpf.Native;

namespace Eider.Bpf;

/// <summary>A buffer that all programs of a load share, one after another. Its memory is only taken when it is written to.</summary>
internal sealed unsafe class VerifierLog : IDisposable
{
    private const int Size = 16 << 20;
    private readonly byte* buffer = (byte*)NativeMemory.Alloc(Size);

    public VerifierLog() => buffer[0] = 0;

    public void LendTo(nint program) => _ = Libbpf.bpf_program__set_log_buf(program, buffer, Size);

    public static void TakeFrom(nint program) => _ = Libbpf.bpf_program__set_log_buf(program, null, 0);

    /// <returns>Framed as libbpf prints a log of its own; empty where the verifier was not reached.</returns>
    public string Read() => buffer[0] == 0 ? "" : LoadFailure.LogBegin + Text.FromArray(buffer, Size).TrimEnd('\n') + "\n" + LoadFailure.LogEnd + "\n";

    /// <summary>A log that does not fit makes the kernel say ENOSPC in place of what it refused the program for. Since 6.4 the log then keeps its end, which tells.</summary>
    public static int ErrnoOf(int errno, string log) => errno != Errno.NoSpace || !log.Contains(LoadFailure.LogBegin, StringComparison.Ordinal) ? errno
        : log.Contains("program is too large", StringComparison.Ordinal) ? Errno.TooBig
        : Errno.Invalid;

    public void Dispose() => NativeMemory.Free(buffer);
}
