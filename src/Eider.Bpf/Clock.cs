// The clock the kernel stamps its records with, which .NET does not offer: it goes on during suspend, unlike CLOCK_MONOTONIC.

using System.Runtime.InteropServices;

namespace Eider.Bpf;

public static partial class Clock
{
    private const int Boottime = 7; // CLOCK_BOOTTIME, include/uapi/linux/time.h

    /// <summary>Nanoseconds of CLOCK_BOOTTIME: since boot, suspend included. What <c>bpf_ktime_get_boot_ns</c> returns. Any thread.</summary>
    /// <exception cref="PlatformNotSupportedException">The kernel has no such clock (before 2.6.39).</exception>
    public static ulong BoottimeNs() => clock_gettime(Boottime, out var time) == 0
        ? (ulong)time.Seconds * 1_000_000_000 + (ulong)time.Nanoseconds
        : throw new PlatformNotSupportedException("this kernel has no CLOCK_BOOTTIME; Linux 2.6.39 or later is needed");

    [LibraryImport("libc")]
    private static partial int clock_gettime(int clock, out TimeSpec time);

    private struct TimeSpec
    {
        public nint Seconds;
        public nint Nanoseconds;
    }
}
