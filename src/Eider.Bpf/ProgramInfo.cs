// What the kernel tells of a program.

using Eider.Bpf.Native;

namespace Eider.Bpf;

/// <param name="Id">The kernel's number for it.</param>
/// <param name="Name">Cut at 15 octets.</param>
/// <param name="Type">Of the program.</param>
/// <param name="Tag">A hash of its instructions, 16 hexadecimal digits.</param>
/// <param name="RunTimeNs">Nanoseconds spent in it, all CPUs, while statistics were on.</param>
/// <param name="RunCount">Runs while statistics were on.</param>
/// <param name="RecursionMisses">Runs refused because it was running already on that CPU.</param>
/// <param name="VerifiedInstructions">Instructions the verifier walked (5.16+, else 0).</param>
/// <param name="JitedBytes">Octets of machine code; 0 when interpreted.</param>
/// <param name="Instructions">BPF instructions after the verifier's rewriting.</param>
/// <param name="MemoryBytes">What the kernel charges for it.</param>
public sealed record ProgramInfo(
    uint Id, string Name, ProgramType Type, string Tag, ulong RunTimeNs, ulong RunCount, ulong RecursionMisses, uint VerifiedInstructions, int JitedBytes,
    int Instructions, long MemoryBytes)
{
    private const int InstructionSize = 8;

    internal static unsafe ProgramInfo Read(int fd, string name)
    {
        var info = default(KernelProgramInfo);
        var length = (uint)sizeof(KernelProgramInfo);
        var result = Libbpf.bpf_obj_get_info_by_fd(fd, &info, &length);
        if (result < 0)
        {
            throw new BpfException("read info of program", name, -result);
        }

        return new(
            info.Id, Text.FromArray(info.Name, 16), (ProgramType)info.Type, Convert.ToHexStringLower(new ReadOnlySpan<byte>(info.Tag, 8)), info.RunTimeNs,
            info.RunCount, info.RecursionMisses, info.VerifiedInstructions, (int)info.JitedLength, (int)info.XlatedLength / InstructionSize,
            FdInfo.Number(fd, "memlock"));
    }
}

/// <summary>Has the kernel measure run time and run count of every program (some tens of nanoseconds a run) until disposed; several may be on at once.</summary>
public sealed class BpfStats : IDisposable
{
    private const int RunTime = 0;
    private readonly Handle handle;

    private BpfStats(Handle handle) => this.handle = handle;

    /// <exception cref="BpfException">CAP_SYS_ADMIN is missing, or the kernel is older than 5.8.</exception>
    public static BpfStats Enable()
    {
        Libbpf.Require();
        var fd = Libbpf.bpf_enable_stats(RunTime);
        return fd >= 0
            ? new BpfStats(new Handle(fd, "BPF statistics"))
            : throw new BpfException("enable", "BPF statistics", -fd, suggestion: -fd == Errno.PermissionDenied ? "run as root, or grant CAP_SYS_ADMIN" : null);
    }

    public void Dispose() => handle.Dispose();
}
