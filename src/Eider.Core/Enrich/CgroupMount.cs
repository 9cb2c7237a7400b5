// Finds cgroup v2 in the list of mounts: at /sys/fs/cgroup, below it on hybrid hosts, or wherever else.

using System.Text;

namespace Eider.Core.Enrich;

/// <param name="Path">Where cgroup v2 is mounted.</param>
/// <param name="Root">The cgroup that is seen there: <c>/</c>, or less in a container that was given a part.</param>
/// <param name="IsHybrid">True where systemd's own cgroup v1 hierarchy is mounted besides: the v2 tree may be bare there.</param>
public sealed record CgroupMount(string Path, string Root, bool IsHybrid)
{
    /// <returns>Null where cgroup v2 is not mounted, or <paramref name="mountinfo"/> cannot be read.</returns>
    public static CgroupMount? Find(string mountinfo = "/proc/self/mountinfo")
    {
        try
        {
            return Parse(File.ReadLines(mountinfo));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    /// <param name="mountinfo">Lines as in proc_pid_mountinfo(5).</param>
    internal static CgroupMount? Parse(IEnumerable<string> mountinfo)
    {
        CgroupMount? best = null;
        var isHybrid = false;
        foreach (var line in mountinfo)
        {
            // "31 23 0:28 <root> <path> <options> <optional fields...> - <type> <source> <super options>"
            var fields = line.Split(' ');
            var dash = Array.IndexOf(fields, "-", Math.Min(6, fields.Length));
            if (dash < 0 || dash + 3 >= fields.Length)
            {
                continue;
            }

            if (fields[dash + 1] == "cgroup" && fields[dash + 3].Split(',').Contains("name=systemd"))
            {
                isHybrid = true;
            }
            else if (fields[dash + 1] == "cgroup2")
            {
                var mount = new CgroupMount(Unescape(fields[4]), Unescape(fields[3]), false);
                best = best is null || mount.Rank > best.Rank ? mount : best;
            }
        }

        return best is null ? null : best with { IsHybrid = isHybrid };
    }

    // The whole tree before a part of it, and the usual place before another program's own mount of it.
    private int Rank => (Root == "/" ? 2 : 0) + (Path.StartsWith("/sys/fs/cgroup", StringComparison.Ordinal) ? 1 : 0);

    // Blanks, newlines and backslashes are octal there: \040.
    private static string Unescape(string text)
    {
        if (!text.Contains('\\', StringComparison.Ordinal))
        {
            return text;
        }

        var result = new StringBuilder();
        for (var i = 0; i < text.Length; i++)
        {
            if (text[i] == '\\' && i + 3 < text.Length && text.AsSpan(i + 1, 3).IndexOfAnyExceptInRange('0', '7') < 0)
            {
                result.Append((char)(((text[i + 1] - '0') << 6) | ((text[i + 2] - '0') << 3) | (text[i + 3] - '0')));
                i += 3;
            }
            else
            {
                result.Append(text[i]);
            }
        }

        return result.ToString();
    }
}
