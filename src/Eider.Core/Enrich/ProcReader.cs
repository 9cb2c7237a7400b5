// What /proc says of one process: read as octets, because a process chooses its own names.

using System.Buffers.Text;
using System.Globalization;
using System.Text;

namespace Eider.Core.Enrich;

/// <summary>A line of <c>/proc/pid/stat</c>, as far as Enrich needs it.</summary>
/// <param name="StartTicks">Start of the process in ticks of CLOCK_BOOTTIME, see <see cref="ProcReader.NsPerTick"/>; rounded down.</param>
internal readonly record struct ProcStat(string Comm, int ParentPid, ulong StartTicks);

/// <summary>What a process looks like now.</summary>
/// <param name="Exe">Target of its <c>exe</c> link; null for a kernel thread, or where it may not be read.</param>
/// <param name="CommandLine">As in <c>/proc/pid/cmdline</c>, without trailing NULs; valid until the next read.</param>
/// <param name="IsCut">The command line is longer than was read.</param>
internal readonly ref struct ProcLook(ProcStat stat, string? exe, ReadOnlySpan<byte> commandLine, bool isCut)
{
    public ProcStat Stat { get; } = stat;

    public string? Exe { get; } = exe;

    public ReadOnlySpan<byte> CommandLine { get; } = commandLine;

    public bool IsCut { get; } = isCut;
}

/// <summary>One thread at a time.</summary>
internal sealed class ProcReader(string root, StringPool names)
{
    /// <summary>USER_HZ is 100 on every architecture .NET runs on (include/asm-generic/param.h), whatever CONFIG_HZ is.</summary>
    public const ulong NsPerTick = 10_000_000;

    /// <summary>Octets of a command line that are read at most.</summary>
    public const int MaxCommandLine = 4096;

    private const int StartTimeField = 22;
    private const int ParentField = 4;

    private readonly byte[] _stat = new byte[1024];
    private readonly byte[] _text = new byte[MaxCommandLine + 1];

    /// <summary>Processes there are, in no certain order.</summary>
    /// <exception cref="IOException">There is no procfs at the root.</exception>
    public IEnumerable<int> Pids()
    {
        foreach (var directory in Directory.EnumerateDirectories(root))
        {
            if (int.TryParse(Path.GetFileName(directory.AsSpan()), NumberStyles.None, CultureInfo.InvariantCulture, out var pid))
            {
                yield return pid;
            }
        }
    }

    public bool TryStat(int pid, out ProcStat stat)
    {
        stat = default;
        var path = PathOf(pid, "stat");

        // That a process has ended is nothing unusual: asking first is cheaper than the exception.
        return File.Exists(path) && TryRead(path, _stat, out var length)
            && TryParseStat(_stat.AsSpan(0, length), names, out stat);
    }

    /// <summary>Looks at the process <paramref name="pid"/> that started at <paramref name="startTicks"/>; false where it has ended, whoever has its pid now.</summary>
    /// <param name="startTicks">Null for whichever has the pid now.</param>
    /// <param name="maxCommandLine">Octets, at most <see cref="MaxCommandLine"/>.</param>
    public bool TryLook(int pid, ulong? startTicks, int maxCommandLine, out ProcLook look)
    {
        look = default;
        if (!TryStat(pid, out var before) || (startTicks ?? before.StartTicks) != before.StartTicks)
        {
            return false;
        }

        if (!TryRead(PathOf(pid, "cmdline"), _text.AsSpan(0, maxCommandLine + 1), out var length))
        {
            length = 0;
        }

        var exe = new FileInfo(PathOf(pid, "exe")).LinkTarget;

        // The pid may have been given to another between the readings.
        if (!TryStat(pid, out var after) || after.StartTicks != before.StartTicks)
        {
            return false;
        }

        var isCut = length > maxCommandLine;
        var commandLine = _text.AsSpan(0, Math.Min(length, maxCommandLine));
        look = new ProcLook(after, exe is null ? null : names.Get(exe), commandLine.TrimEnd((byte)0), isCut);
        return true;
    }

    /// <summary>Path in cgroup v2; null where the process has ended.</summary>
    public string? UnifiedCgroup(int pid) => Cgroup(pid, "0::"u8);

    /// <summary>Path in systemd's own hierarchy of cgroup v1; null where there is none, or the process has ended.</summary>
    public string? SystemdCgroup(int pid) => Cgroup(pid, ":name=systemd:"u8);

    /// <summary>proc_pid_stat(5). A command may hold blanks, parentheses and newlines, so fields are counted from the last parenthesis.</summary>
    internal static bool TryParseStat(ReadOnlySpan<byte> line, StringPool names, out ProcStat stat)
    {
        stat = default;
        var open = line.IndexOf((byte)'(');
        var close = line.LastIndexOf((byte)')');
        if (open < 0 || close < open)
        {
            return false;
        }

        var parent = 0;
        var field = 2;
        foreach (var range in line[(close + 1)..].Split((byte)' '))
        {
            // The first piece, before the blank that follows the parenthesis, is field 2's end.
            var text = line[(close + 1)..][range];
            if (field == ParentField && !Utf8Parser.TryParse(text, out parent, out _))
            {
                return false;
            }

            if (field == StartTimeField)
            {
                var isNumber = Utf8Parser.TryParse(text, out ulong startTicks, out _);
                stat = isNumber ? new ProcStat(names.Get(line[(open + 1)..close]), parent, startTicks) : default;
                return isNumber;
            }

            field++;
        }

        return false;
    }

    private string? Cgroup(int pid, ReadOnlySpan<byte> hierarchy)
    {
        var path = PathOf(pid, "cgroup");
        if (!File.Exists(path) || !TryRead(path, _text, out var length))
        {
            return null;
        }

        foreach (var range in _text.AsSpan(0, length).Split((byte)'\n'))
        {
            var line = _text.AsSpan(0, length)[range];
            var at = line.IndexOf(hierarchy);
            if (hierarchy[0] == '0' ? at == 0 : at > 0)
            {
                return Encoding.UTF8.GetString(line[(at + hierarchy.Length)..]);
            }
        }

        return null;
    }

    private static bool TryRead(string path, Span<byte> buffer, out int length)
    {
        length = 0;
        try
        {
            // Sharing everything spares the advisory lock .NET takes otherwise.
            using var file = File.OpenHandle(path, share: FileShare.ReadWrite | FileShare.Delete);
            int read;
            while (length < buffer.Length && (read = RandomAccess.Read(file, buffer[length..], length)) > 0)
            {
                length += read;
            }

            return true;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }

    private string PathOf(int pid, string file) => string.Create(CultureInfo.InvariantCulture, $"{root}/{pid}/{file}");
}
