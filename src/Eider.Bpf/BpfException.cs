// What went wrong in the kernel or in libbpf: the thing, the place and the mend.

using System.Text;

namespace Eider.Bpf;

/// <summary>The kernel or libbpf refused something. <see cref="Exception.Message"/> is fit to show to a person: one line for what failed, then the
/// verifier's last lines where there are any, then what to do about it.</summary>
public sealed class BpfException : Exception
{
    internal BpfException(string operation, string subject, int errno, LoadFailure? failure = null, string? suggestion = null)
        : base(Compose(operation, subject, errno, failure, suggestion))
    {
        Operation = operation;
        Subject = subject;
        Errno = errno;
        Program = failure?.Program;
        Map = failure?.Map;
        Reason = failure?.Reason;
        Excerpt = failure?.Excerpt ?? [];
        SourceLine = failure?.Source;
        Suggestion = suggestion;
        FullLog = failure?.FullLog ?? "";
    }

    /// <summary>What was tried, e.g. <c>load program</c>.</summary>
    public string Operation { get; }

    /// <summary>On what: the name of a program, map or object, or a path.</summary>
    public string Subject { get; }

    /// <summary>Positive error number; see <see cref="Eider.Bpf.Errno"/> for names. libbpf's own start at 4000.</summary>
    public int Errno { get; }

    public string ErrnoName => Bpf.Errno.NameOf(Errno);

    /// <summary>The program that failed to load; null where it was not a program.</summary>
    public string? Program { get; }

    /// <summary>The map that could not be created; null where it was not a map.</summary>
    public string? Map { get; }

    /// <summary>The verifier's, or libbpf's, own words for it: one line; null where there are none.</summary>
    public string? Reason { get; }

    /// <summary>The verifier's last meaningful lines, the reason last; empty where the verifier said nothing.</summary>
    public IReadOnlyList<string> Excerpt { get; }

    /// <summary>The line of C that the verifier was at; null where the object carries no line information or the verifier was not reached.</summary>
    public SourceLine? SourceLine { get; }

    /// <summary>What to do about it; null where nothing better than the reason is known.</summary>
    public string? Suggestion { get; }

    /// <summary>Everything libbpf and the verifier said during the call; can be megabytes, may be empty.</summary>
    public string FullLog { get; }

    private static string Compose(string operation, string subject, int errno, LoadFailure? failure, string? suggestion)
    {
        var message = new StringBuilder($"cannot {operation} {subject}: {Bpf.Errno.Describe(errno)}");
        if (failure?.Reason is { } reason)
        {
            message.Append(": ").Append(reason);
        }

        if (failure?.Source is { } source)
        {
            message.Append("\n  at ").Append(source);
        }

        foreach (var line in (failure?.Excerpt ?? []).Where(line => line.Trim() != failure?.Reason))
        {
            message.Append("\n  | ").Append(line);
        }

        return (suggestion is null ? message : message.Append('\n').Append("  mend: ").Append(suggestion)).ToString();
    }
}

/// <summary>A place in the C source of a program.</summary>
/// <param name="Text">The source line itself.</param>
/// <param name="File">As the compiler saw it; null where neither the kernel nor the object tells.</param>
/// <param name="Line">From 1; 0 where it is not known.</param>
public sealed record SourceLine(string Text, string? File, int Line)
{
    public override string ToString() => File is null ? Text : $"{File}:{Line}: {Text}";
}

/// <summary>A call that belongs to another phase of the object: editing after load, reading a map before it, anything after disposal by the caller's mistake.</summary>
public sealed class BpfPhaseException(string message) : InvalidOperationException(message);

/// <summary>What the caller asked for does not fit the object: no such program, map or global, or another size or type.</summary>
public sealed class BpfMismatchException(string message) : ArgumentException(message);

/// <summary>libbpf.so.1 is not there or is too old; the message says how to install it.</summary>
public sealed class LibbpfMissingException(string message) : DllNotFoundException(message);
