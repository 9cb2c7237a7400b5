// The lines of a list, one at a time out of one buffer: however long a file or a line is, it takes no more memory than that.

namespace Eider.Core.Lists;

internal sealed class ListLines(Stream text, long maxOctets)
{
    private const int ShownOctets = 128;

    private readonly byte[] _buffer = new byte[ListLimits.LongestLine];
    private readonly byte[] _beginning = new byte[ShownOctets];
    private int _start;
    private int _end;
    private bool _ended;

    /// <summary>Of the line read last, from 1.</summary>
    public long Line { get; private set; }

    /// <summary>Octets read from the stream so far.</summary>
    public long Octets { get; private set; }

    /// <summary>Where the first NUL octet stands, from 0; negative while there was none. Nothing is read past it.</summary>
    public long NulOffset { get; private set; } = -1;

    /// <summary>Whether there is more text than may be read. Nothing is read past it.</summary>
    public bool IsTooLarge { get; private set; }

    /// <summary>Whether nothing is left to be read from the stream.</summary>
    public bool IsRead => _ended;

    /// <summary>Shows the text from here on: the whole buffer full of it, or all there is. Valid until the next call.</summary>
    public ReadOnlySpan<byte> Peek()
    {
        while (!_ended && _end < _buffer.Length)
        {
            Fill();
        }

        return _buffer.AsSpan(_start.._end);
    }

    /// <summary>Passes over octets that <see cref="Peek"/> showed.</summary>
    public void Skip(int count) => _start += count;

    /// <summary>Reads the next line, without its end and without blanks around it. Valid until the next call.</summary>
    /// <param name="indented">Whether there were blanks in front of it.</param>
    /// <param name="tooLong">The line was longer than <see cref="ListLimits.LongestLine"/>; <paramref name="line"/> is how it starts.</param>
    /// <returns>False at the end: of the text, or where it cannot be used on.</returns>
    /// <exception cref="IOException">The stream cannot be read on.</exception>
    /// <exception cref="InvalidDataException">The compressed data is damaged or ends early.</exception>
    public bool TryRead(out ReadOnlySpan<byte> line, out bool indented, out bool tooLong)
    {
        (indented, tooLong) = (false, false);
        var searched = 0;
        while (true)
        {
            var length = _buffer.AsSpan((_start + searched).._end).IndexOf((byte)'\n');
            if (length >= 0)
            {
                line = TakeLine(searched + length, 1, out indented);
                return true;
            }

            searched = _end - _start;
            if (searched == _buffer.Length)
            {
                tooLong = true;
                return TrySkipLine(out line);
            }

            if (_ended)
            {
                var isLast = searched > 0 && IsText;
                line = isLast ? TakeLine(searched, 0, out indented) : default;
                return isLast;
            }

            Fill();
        }
    }

    private bool IsText => NulOffset < 0 && !IsTooLarge;

    private ReadOnlySpan<byte> TakeLine(int length, int endLength, out bool indented)
    {
        var line = _buffer.AsSpan(_start, length);
        _start += length + endLength;
        Line++;
        indented = length > 0 && (line[0] is (byte)' ' or (byte)'\t');
        return line.Trim(" \t\r"u8);
    }

    /// <summary>Passes over the line that fills the buffer and goes on.</summary>
    private bool TrySkipLine(out ReadOnlySpan<byte> line)
    {
        _buffer.AsSpan(0, ShownOctets).CopyTo(_beginning);
        int length;
        do
        {
            _start = _end;
            Fill();
            length = _buffer.AsSpan(.._end).IndexOf((byte)'\n');
        }
        while (length < 0 && !_ended);

        _start = length < 0 ? _end : length + 1;
        Line++;
        line = _beginning;
        return IsText;
    }

    private void Fill()
    {
        _buffer.AsSpan(_start.._end).CopyTo(_buffer);
        _end -= _start;
        _start = 0;
        var read = text.Read(_buffer.AsSpan(_end));
        var nul = _buffer.AsSpan(_end, read).IndexOf((byte)0);
        if (nul >= 0)
        {
            NulOffset = Octets + nul;
            read = nul;
        }

        Octets += read;
        IsTooLarge = Octets > maxOctets;
        _end += read;
        _ended = read == 0 || nul >= 0 || IsTooLarge;
    }
}
