// What came of reading a list: counted while it is read, in the same small memory for every list.

using Eider.Core.Policy;

namespace Eider.Core.Lists;

/// <param name="Line">From 1.</param>
/// <param name="Text">As it stands in the file, cut after 80 octets; whatever a terminal could act on is escaped.</param>
public readonly record struct LineExample(long Line, string Text);

/// <param name="Count">Of lines, or of names where a line holds several.</param>
/// <param name="Examples">The first few.</param>
public sealed record LineFaultCount(LineFault Fault, long Count, IReadOnlyList<LineExample> Examples);

/// <summary>The report of one reading. Not thread-safe.</summary>
public sealed class ListImport
{
    public const int MaxExamples = 3;

    private const int ShownOctets = 80;

    private readonly long[] _counts = new long[(int)LineFault.OtherOption + 1];
    private readonly List<LineExample>?[] _examples = new List<LineExample>?[(int)LineFault.OtherOption + 1];
    private List<LineExample>? _singleLabelExamples;

    /// <summary>Never <see cref="ListFormat.Auto"/>.</summary>
    public ListFormat Format { get; internal set; }

    public long Lines { get; internal set; }

    /// <summary>Lines of them that are blank or comments.</summary>
    public long Comments { get; internal set; }

    /// <summary>Entries given, exceptions among them. A name that stands twice counts twice.</summary>
    public long Names { get; private set; }

    public long Exceptions { get; private set; }

    /// <summary>Of the text, unpacked.</summary>
    public long Octets { get; internal set; }

    /// <summary>Entries given that are a single label, as <c>com</c> or a host's short name: worth a look, since with everything below it is a whole top-level domain.</summary>
    public long SingleLabels { get; private set; }

    public IReadOnlyList<LineExample> SingleLabelExamples => _singleLabelExamples ?? (IReadOnlyList<LineExample>)[];

    public long Count(LineFault fault) => _counts[(int)fault];

    public long Count(FaultKind kind) => Skipped.Where(skipped => skipped.Fault.Kind() == kind).Sum(skipped => skipped.Count);

    /// <summary>What gave no name, by reason, in the order of <see cref="LineFault"/>; only reasons that occurred.</summary>
    public IEnumerable<LineFaultCount> Skipped
    {
        get
        {
            for (var index = 1; index < _counts.Length; index++)
            {
                if (_counts[index] > 0)
                {
                    yield return new LineFaultCount((LineFault)index, _counts[index], _examples[index] ?? (IReadOnlyList<LineExample>)[]);
                }
            }
        }
    }

    internal void Skip(LineFault fault, long line, ReadOnlySpan<byte> text)
    {
        _counts[(int)fault]++;
        Note(ref _examples[(int)fault], line, text);
    }

    internal void Take(ReadOnlySpan<byte> name, ListAction action, long line)
    {
        Names++;
        if (action == ListAction.Allow)
        {
            Exceptions++;
        }

        if (!name.Contains((byte)'.'))
        {
            SingleLabels++;
            Note(ref _singleLabelExamples, line, name);
        }
    }

    internal void TakeAddresses(int ranges) => Names += ranges;

    private static void Note(ref List<LineExample>? examples, long line, ReadOnlySpan<byte> text)
    {
        examples ??= new List<LineExample>(MaxExamples);
        if (examples.Count < MaxExamples)
        {
            examples.Add(new LineExample(line, Escape(text)));
        }
    }

    private static string Escape(ReadOnlySpan<byte> text)
    {
        var shown = new System.Text.StringBuilder();
        foreach (var octet in text[..Math.Min(text.Length, ShownOctets)])
        {
            _ = octet is >= 0x20 and < 0x7f and not (byte)'\\' ? shown.Append((char)octet) : shown.Append($"\\x{octet:x2}");
        }

        return text.Length > ShownOctets ? shown.Append('…').ToString() : shown.ToString();
    }
}
