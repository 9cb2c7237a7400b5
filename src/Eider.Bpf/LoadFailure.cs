// Reads what libbpf and the verifier printed during a failed call: which program or map it was, where, and why.

using System.Text.RegularExpressions;

namespace Eider.Bpf;

/// <summary>A failed load, read from its log.</summary>
internal sealed partial record LoadFailure(string FullLog, string? Program, string? Map, string? Reason, IReadOnlyList<string> Excerpt, SourceLine? Source)
{
    private const int ExcerptLines = 8;
    public const string LogBegin = "-- BEGIN PROG LOAD LOG --\n";
    public const string LogEnd = "-- END PROG LOAD LOG --";

    public static LoadFailure Read(string log, Func<string, SourceLine?>? findSource = null)
    {
        var program = ProgramFailed().Match(log) is { Success: true } p ? p.Groups[1].Value : null;
        var map = program is null && MapFailed().Match(log) is { Success: true } m ? m.Groups[1].Value : null;
        if (VerifierPart(log) is not { } verifier)
        {
            return new(log, program, map, LastWords(log), [], null);
        }

        var lines = verifier.Split('\n').Where(IsMeaningful).ToArray();
        var reason = lines.LastOrDefault(line => !IsTrace(line))?.Trim();
        return new(log, program, map, reason, [.. lines.TakeLast(ExcerptLines)], SourceOf(lines, findSource));
    }

    private static string? VerifierPart(string log)
    {
        var begin = log.LastIndexOf(LogBegin, StringComparison.Ordinal);
        if (begin < 0)
        {
            return null;
        }

        begin += LogBegin.Length;
        var end = log.IndexOf(LogEnd, begin, StringComparison.Ordinal);
        var part = log[begin..(end < 0 ? log.Length : end)];
        return part.Length == 0 ? null : part;
    }

    /// <summary>Without the verifier, the first complaint of libbpf is the cause and the later ones its consequences.</summary>
    private static string? LastWords(string log)
    {
        var first = log.Split('\n').FirstOrDefault(line => line.Contains(':') && !ProgramFailed().IsMatch(line) && !Advice().IsMatch(line));
        return first is null ? null : first.StartsWith("libbpf: ", StringComparison.Ordinal) ? first["libbpf: ".Length..] : first;
    }

    private static bool IsMeaningful(string line) => line.Length > 0 && !Statistics().IsMatch(line);

    /// <summary>Lines that show the verifier's way rather than speak: instructions, states, source annotations.</summary>
    private static bool IsTrace(string line) => Trace().IsMatch(line);

    private static SourceLine? SourceOf(string[] lines, Func<string, SourceLine?>? find)
    {
        var annotation = lines.LastOrDefault(line => line.StartsWith(';'));
        if (annotation is null)
        {
            return null;
        }

        // Since 6.9 the kernel adds the place; older ones give the text alone, which the object's line information can place.
        var placed = Placed().Match(annotation);
        if (placed.Success)
        {
            return new(placed.Groups[1].Value.Trim(), placed.Groups[2].Value, int.Parse(placed.Groups[3].ValueSpan));
        }

        var text = annotation[1..].Trim();
        return find?.Invoke(text) ?? new SourceLine(text, null, 0);
    }

    [GeneratedRegex(@"prog '([^']+)': (?:BPF program load failed|failed to load|relo #|-- BEGIN)")]
    private static partial Regex ProgramFailed();

    [GeneratedRegex(@"map '([^']+)': (?:failed|couldn't|could not|error|can't)")]
    private static partial Regex MapFailed();

    [GeneratedRegex(@"^(?:processed \d+ insns|verification time|stack depth|mark_precise|func#\d|max_states|peak_states)")]
    private static partial Regex Statistics();

    [GeneratedRegex(@"^(?:;|\s*\d+: |R\d+[_=]| R\d|from \d+ to \d+|last_idx|regs=|parent |\s+frame\d|frame\d+: R|arg#\d+ reference type|Validating |Func#|caller:|callee:|returning from)")]
    private static partial Regex Trace();

    [GeneratedRegex(@"^; ?(.*) @ (.+):(\d+)$")]
    private static partial Regex Placed();

    [GeneratedRegex(@"RLIMIT_MEMLOCK|failed to load object")]
    private static partial Regex Advice();
}
