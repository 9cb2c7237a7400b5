// The names of one line, on their way from the format that found them to the reader's caller.

namespace Eider.Core.Lists;

/// <summary>Formats put in what a line says; the reader takes it out. Keeps its memory from line to line.</summary>
internal sealed class LineNames(ListImport import)
{
    private byte[] _octets = new byte[4 * ListName.MaxLength];
    private Waiting[] _waiting = new Waiting[4];
    private int _used;
    private int _count;
    private int _next;
    private long _line;

    public void Begin(long line)
    {
        _line = line;
        _used = _count = _next = 0;
    }

    /// <summary>Takes a pattern: a name, or <c>*.</c> and a name for everything below it.</summary>
    /// <param name="terms">Their match is for a name without <c>*.</c>.</param>
    /// <param name="text">What to show when the pattern is refused.</param>
    public void Add(ReadOnlySpan<byte> pattern, in EntryTerms terms, ReadOnlySpan<byte> text)
    {
        if (!pattern.StartsWith("*"u8))
        {
            AddName(pattern, terms, text);
        }
        else if (pattern.StartsWith("*."u8) && pattern.Length > 2)
        {
            AddName(pattern[2..], terms with { Match = NameMatch.Below }, text);
        }
        else
        {
            Skip(pattern.Length <= 2 ? LineFault.EveryName : LineFault.InnerWildcard, text);
        }
    }

    public void Skip(LineFault fault, ReadOnlySpan<byte> text) => import.Skip(fault, _line, text);

    public void Comment() => import.Comments++;

    public bool TryTake(out ListEntry entry)
    {
        if (_next == _count)
        {
            entry = default;
            return false;
        }

        ref readonly var waiting = ref _waiting[_next++];
        var name = _octets.AsSpan(waiting.Start, waiting.Length);
        import.Take(name, waiting.Terms.Action, _line);
        entry = new ListEntry(name, waiting.Terms, _line);
        return true;
    }

    private void AddName(ReadOnlySpan<byte> name, in EntryTerms terms, ReadOnlySpan<byte> text)
    {
        if (_octets.Length - _used < ListName.MaxLength)
        {
            Array.Resize(ref _octets, 2 * _octets.Length);
        }

        var fault = ListName.Normalise(name, _octets.AsSpan(_used), out var length);
        if (fault != LineFault.None)
        {
            Skip(fault, text);
            return;
        }

        if (_count == _waiting.Length)
        {
            Array.Resize(ref _waiting, 2 * _count);
        }

        _waiting[_count++] = new Waiting(_used, length, terms);
        _used += length;
    }

    private readonly record struct Waiting(int Start, int Length, EntryTerms Terms);
}
