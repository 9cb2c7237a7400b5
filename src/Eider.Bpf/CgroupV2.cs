// Where cgroup v2 is mounted, alone (unified) or beside v1 (hybrid).

using System.Text;

namespace Eider.Bpf;

/// <param name="Path">The mount point.</param>
/// <param name="Root">Which part of the hierarchy is mounted there; <c>/</c> is all of it (of this cgroup namespace).</param>
/// <param name="IsHybrid">True where v1 hierarchies are mounted too.</param>
public sealed record CgroupMount(string Path, string Root, bool IsHybrid);

public static class CgroupV2
{
    /// <summary>Looks through this process's mounts, so it finds the mount wherever it is.</summary>
    /// <returns>The mount that shows most of the hierarchy; null where cgroup v2 is not mounted.</returns>
    public static CgroupMount? Find()
    {
        try
        {
            return Find(File.ReadLines("/proc/self/mountinfo"));
        }
        catch (IOException)
        {
            return null;
        }
    }

    /// <param name="mountInfo">Lines in the format of proc_pid_mountinfo(5).</param>
    public static CgroupMount? Find(IEnumerable<string> mountInfo)
    {
        CgroupMount? best = null;
        var hybrid = false;
        foreach (var line in mountInfo)
        {
            // "36 35 98:0 /root /mount/point options optional... - type source superoptions"
            var separator = line.IndexOf(" - ", StringComparison.Ordinal);
            var fields = line.Split(' ');
            if (separator < 0 || fields.Length < 5)
            {
                continue;
            }

            var type = line[(separator + 3)..].Split(' ')[0];
            hybrid |= type == "cgroup";
            var root = Unescape(fields[3]);
            if (type == "cgroup2" && (best is null || root.Length < best.Root.Length))
            {
                best = new(Unescape(fields[4]), root, false);
            }
        }

        return best is null ? null : best with { IsHybrid = hybrid };
    }

    /// <summary>Blanks and backslashes are written as octal, e.g. <c>\040</c>.</summary>
    private static string Unescape(string field)
    {
        if (!field.Contains('\\'))
        {
            return field;
        }

        var octets = new List<byte>();
        var raw = Encoding.UTF8.GetBytes(field);
        for (var i = 0; i < raw.Length; i++)
        {
            if (raw[i] == '\\' && i + 3 < raw.Length)
            {
                octets.Add(Octal(raw.AsSpan(i + 1, 3)));
                i += 3;
            }
            else
            {
                octets.Add(raw[i]);
            }
        }

        return Encoding.UTF8.GetString([.. octets]);
    }

    private static byte Octal(ReadOnlySpan<byte> digits) => (byte)((digits[0] - '0') * 64 + (digits[1] - '0') * 8 + (digits[2] - '0'));
}
