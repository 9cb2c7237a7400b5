// How much of a busy machine a thread claims, which .NET does not set on Linux.

using System.Runtime.InteropServices;

namespace Eider.Bpf;

public static partial class ThreadNice
{
    /// <summary>Runs when nobody else wants the processor, almost.</summary>
    public const int Lowest = 19;

    private const int Process = 0; // PRIO_PROCESS; on Linux with 0 the calling thread alone

    /// <summary>Sets the calling thread's nice value, -20 to 19. Raising it needs no privilege; a refusal leaves it as it was.</summary>
    public static bool TrySet(int nice) => setpriority(Process, 0, nice) == 0;

    [LibraryImport("libc")]
    private static partial int setpriority(int which, uint who, int priority);
}
