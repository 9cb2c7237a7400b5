// The program a process runs: from exec to the next exec, shared with the children it forks meanwhile.

using System.Text;

namespace Eider.Core.Enrich;

/// <summary>Holds what exec said until somebody asks, then what /proc says too, where that is of the same program. Most processes never ask for a name:
/// for them it holds a few octets of arguments.</summary>
internal sealed class ProcessImage
{
    private const string DeletedSuffix = " (deleted)";

    private readonly string? _path;
    private readonly bool _isCut;
    private byte[]? _args;
    private string? _exe;
    private string? _commandLine;

    /// <param name="path">The executable as far as it is known; null where it is not.</param>
    /// <param name="args">Arguments with NULs between; empty where they are not known.</param>
    public ProcessImage(string? path, ReadOnlySpan<byte> args, bool isCut)
    {
        _path = path is "" ? null : path;
        args = args.TrimEnd((byte)0);
        _args = args.IsEmpty ? null : args.ToArray();
        _isCut = isCut;
    }

    /// <summary>Nothing known yet.</summary>
    public ProcessImage()
    {
    }

    /// <summary>Processes that run it.</summary>
    public int Users { get; set; }

    public string? Exe => _exe ?? _path;

    public string? CommandLine => _commandLine ?? (_args is null ? null : ToText(_args, _isCut));

    /// <summary>Memory taken, octets.</summary>
    public int Size => (_args?.Length ?? 0) + (_commandLine?.Length ?? 0) * sizeof(char);

    /// <summary>True when <paramref name="look"/> shows this program, false when it shows another that took its place meanwhile.</summary>
    public bool IsSeenIn(ProcLook look) => _exe is not null
        ? look.Exe == _exe
        : (_path is null && _args is null) || ArgsMatch(look) || PathMatches(look.Exe);

    /// <summary>Completes this from a process that runs it: the executable itself instead of the path it was called by, and the whole command line.</summary>
    /// <param name="look">Shows this program.</param>
    public void Settle(ProcLook look)
    {
        if (_exe is not null)
        {
            return;
        }

        _exe = look.Exe;

        // A process may overwrite its arguments (setproctitle): what exec recorded stays then.
        if (!look.CommandLine.IsEmpty && (_args is null || ArgsMatch(look)))
        {
            _commandLine = ToText(look.CommandLine, look.IsCut);
            _args = null;
        }
    }

    private bool ArgsMatch(ProcLook look) => _args is not null
        && (_isCut ? look.CommandLine.StartsWith(_args) : look.CommandLine.SequenceEqual(_args));

    // A file's name alone would do for an impostor that becomes the real program right after its query; /bin and /usr/bin are one directory today.
    private bool PathMatches(string? exe)
    {
        if (exe is null || _path is null)
        {
            return false;
        }

        var file = exe.EndsWith(DeletedSuffix, StringComparison.Ordinal) ? exe.AsSpan(..^DeletedSuffix.Length) : exe;
        return exe == _path || file.SequenceEqual(_path) || (_path.StartsWith('/') && file.StartsWith("/usr/") && file[4..].SequenceEqual(_path));
    }

    // The last character tells that there was more.
    private static string ToText(ReadOnlySpan<byte> args, bool isCut)
    {
        var text = Encoding.UTF8.GetString(args).Replace('\0', ' ');
        return isCut ? text + "…" : text;
    }
}
