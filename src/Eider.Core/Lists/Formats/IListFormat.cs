// What the reader knows of a format.

namespace Eider.Core.Lists.Formats;

internal interface IListFormat
{
    /// <summary>Puts what the line says into <paramref name="names"/>. Each line ends up as names, a comment or a counted fault; none throws.</summary>
    /// <param name="line">Without blanks around it.</param>
    /// <param name="indented">Whether there were blanks in front of it.</param>
    void ReadLine(ReadOnlySpan<byte> line, bool indented, LineNames names);

    /// <summary>After the last line: counts what was begun and not finished.</summary>
    void End(LineNames names)
    {
    }
}
