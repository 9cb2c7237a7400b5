// One name a line: a.example, *.a.example for what is below it, .a.example for both.

namespace Eider.Core.Lists.Formats;

internal sealed class DomainsFormat(NameMatch match) : IListFormat
{
    private readonly EntryTerms _terms = new(match);

    public void ReadLine(ReadOnlySpan<byte> line, bool indented, LineNames names)
    {
        var name = line.BeforeComment((byte)'#');
        if (name.IsEmpty)
        {
            names.Comment();
        }
        else
        {
            Read(line, name, names, _terms);
        }
    }

    public static void Read(ReadOnlySpan<byte> line, ReadOnlySpan<byte> name, LineNames names, in EntryTerms terms)
    {
        if (name.ContainsAny((byte)' ', (byte)'\t'))
        {
            names.Skip(LineFault.NotInFormat, line);
        }
        else if (name.SequenceEqual("."u8))
        {
            names.Skip(LineFault.EveryName, line);
        }
        else if (name[0] == (byte)'.')
        {
            names.Add(name[1..], terms with { Match = NameMatch.Both }, line);
        }
        else
        {
            names.Add(name, terms, line);
        }
    }
}
