// Zone files' own ways with lines (RFC 1035 5.1): comments, quoted strings, and records over several lines within parentheses.

namespace Eider.Core.Lists.Formats;

/// <summary>Joins lines to records. Not thread-safe.</summary>
internal sealed class ZoneLines
{
    /// <summary>A list's longest record is its SOA; a parenthesis that nobody closes must not swallow the list.</summary>
    private const int LongestRecord = 4096;

    private static readonly System.Buffers.SearchValues<byte> Special = System.Buffers.SearchValues.Create(";()\""u8);

    private readonly byte[] _record = new byte[LongestRecord];
    private int _length;
    private int _depth;
    private bool _indented;

    /// <summary>Whether a record has begun that is not whole.</summary>
    public bool IsOpen => _depth > 0;

    /// <summary>Adds a line.</summary>
    /// <param name="record">The record that is whole now, without comments and parentheses; empty where there is none. Valid until the next call.</param>
    /// <param name="indented">In: of the line. Out: of the line that began the record.</param>
    /// <returns>False where the record is longer than any can be; what was joined is dropped.</returns>
    public bool TryAdd(ReadOnlySpan<byte> line, ref bool indented, out ReadOnlySpan<byte> record)
    {
        if (_depth == 0 && !line.ContainsAny(Special))
        {
            record = line;
            return true;
        }

        if (_depth == 0)
        {
            (_length, _indented) = (0, indented);
        }

        record = default;
        if (line.Length + 1 > LongestRecord - _length)
        {
            _depth = 0;
            return false;
        }

        Join(line);
        if (_depth == 0)
        {
            indented = _indented;
            record = _record.AsSpan(0, _length).Trim(" \t\r"u8);
        }

        return true;
    }

    private void Join(ReadOnlySpan<byte> line)
    {
        var quoted = false;
        foreach (var octet in line)
        {
            if (octet == (byte)';' && !quoted)
            {
                break;
            }

            quoted ^= octet == (byte)'"';
            var isParenthesis = octet is (byte)'(' or (byte)')' && !quoted;
            _depth += isParenthesis ? octet == (byte)'(' ? 1 : _depth > 0 ? -1 : 0 : 0;
            _record[_length++] = isParenthesis ? (byte)' ' : octet;
        }

        _record[_length++] = (byte)' ';
    }
}
