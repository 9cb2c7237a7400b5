// Resident memory of a process, as the kernel counts it.

using System.Globalization;

namespace Eider.Bench;

internal static class Resident
{
    public static double MiB(int pid)
    {
        var line = File.ReadLines($"/proc/{pid}/status").First(line => line.StartsWith("VmRSS:", StringComparison.Ordinal));
        return double.Parse(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture) / 1024;
    }
}
