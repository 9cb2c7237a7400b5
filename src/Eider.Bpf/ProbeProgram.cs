// The tiny programs that probes load.

using Eider.Bpf.Native;

namespace Eider.Bpf;

internal static unsafe class ProbeProgram
{
    private const ulong OpcodeMoveImmediate = 0xb7;
    private const ulong OpcodeCall = 0x85;
    private const int LogSize = 4096;

    public const ulong Exit = 0x95;

    public static ulong[] Returning(int value) => [OpcodeMoveImmediate | (ulong)(uint)value << 32, Exit];

    public static ulong Call(int helper) => OpcodeCall | (ulong)(uint)helper << 32;

    /// <returns>A descriptor of the caller's, or a negative errno; the verifier's words in <paramref name="log"/> then.</returns>
    public static int Load(ProgramType type, ReadOnlySpan<ulong> instructions, out string log, AttachType attach = 0, uint target = 0)
    {
        Libbpf.Require();
        var buffer = stackalloc byte[LogSize];
        buffer[0] = 0;
        fixed (ulong* code = instructions)
        {
            var options = new ProgramLoadOptions
            {
                Size = (nuint)sizeof(ProgramLoadOptions),
                ExpectedAttachType = (int)attach,
                AttachBtfId = target,
                LogLevel = 1,
                LogSize = LogSize,
                LogBuffer = buffer,
            };
            var fd = Libbpf.bpf_prog_load((int)type, "probe", "GPL", code, (nuint)instructions.Length, &options);
            log = Text.FromArray(buffer, LogSize);
            return fd;
        }
    }

    /// <returns>Whether there was anything to close.</returns>
    public static bool Close(int fd)
    {
        if (fd >= 0)
        {
            _ = Libc.close(fd);
        }

        return fd >= 0;
    }
}
