// Resident memory of a process, as the kernel counts it.

using System.Globalization;

namespace Eider.Bench;

internal static class Resident
{
    public static double MiB(int pid) => Of(pid, "VmRSS:");

    /// <summary>The most it ever was.</summary>
    public static double PeakMiB(int pid) => Of(pid, "VmHWM:");

    private static double Of(int pid, string what)
    {
        var line = File.ReadLines($"/proc/{pid}/status").First(line => line.StartsWith(what, StringComparison.Ordinal));
        return double.Parse(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture) / 1024;
    }
}
