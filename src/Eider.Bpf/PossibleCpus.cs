// How many CPUs this machine could ever have, which is how many values a per-CPU map holds for each key.

namespace Eider.Bpf;

public static class PossibleCpus
{
    private const string Path = "/sys/devices/system/cpu/possible";

    /// <summary>Fixed from boot on.</summary>
    public static int Count { get; } = Parse(File.ReadAllText(Path));

    /// <param name="list">The kernel's list format, e.g. <c>0-3</c> or <c>0,2-5</c>.</param>
    /// <exception cref="FormatException">Not such a list.</exception>
    public static int Parse(string list)
    {
        var count = 0;
        foreach (var range in list.Trim().Split(','))
        {
            var bounds = range.Split('-');
            var (first, last) = (int.Parse(bounds[0]), int.Parse(bounds[^1]));
            count += bounds.Length <= 2 && last >= first ? last - first + 1 : throw new FormatException($"{Path}: \"{list.Trim()}\" is not a list of CPUs");
        }

        return count;
    }
}
