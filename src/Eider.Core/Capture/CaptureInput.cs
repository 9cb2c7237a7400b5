// Forward-only reading with a bounded buffer: however long a file is and whatever lengths it claims, it takes no more memory than its longest frame.

namespace Eider.Core.Capture;

internal sealed class CaptureInput(Stream stream) : IDisposable
{
    /// <summary>Most octets that can be asked for at once: the longest frame kept, with the record header before it.</summary>
    public const int Capacity = CaptureLimits.LongestFrame + 64;

    private byte[] _buffer = new byte[32_768];
    private int _start;
    private int _end;

    /// <summary>Octets from the start of the stream to the next one to be taken.</summary>
    public long Offset { get; private set; }

    /// <summary>Shows the next octets without taking them: <paramref name="count"/> of them, or fewer where the stream ends before. Valid until the next call.</summary>
    /// <exception cref="IOException">The stream cannot be read on.</exception>
    /// <exception cref="InvalidDataException">The compressed data is damaged.</exception>
    public ReadOnlySpan<byte> Peek(int count)
    {
        if (_end - _start < count)
        {
            Fill(count);
        }

        return _buffer.AsSpan(_start, Math.Min(count, _end - _start));
    }

    /// <summary>Takes exactly <paramref name="count"/> octets; false, and nothing taken, where the stream ends before. Valid until the next call.</summary>
    public bool TryTake(int count, out ReadOnlySpan<byte> octets)
    {
        octets = Peek(count);
        if (octets.Length < count)
        {
            octets = default;
            return false;
        }

        _start += count;
        Offset += count;
        return true;
    }

    /// <summary>Passes over octets without keeping them.</summary>
    /// <returns>How many of them were missing because the stream ended.</returns>
    public long Skip(long count)
    {
        while (count > 0)
        {
            var step = Peek((int)Math.Min(count, _buffer.Length)).Length;
            if (step == 0)
            {
                break;
            }

            _start += step;
            Offset += step;
            count -= step;
        }

        return count;
    }

    public void Dispose() => stream.Dispose();

    private void Fill(int count)
    {
        var kept = _buffer.AsSpan(_start.._end);
        if (count > _buffer.Length)
        {
            _buffer = new byte[Math.Max(count, Math.Min(Capacity, 2 * _buffer.Length))];
        }

        kept.CopyTo(_buffer);
        _end -= _start;
        _start = 0;
        while (_end < count && stream.Read(_buffer.AsSpan(_end)) is var read and > 0)
        {
            _end += read;
        }
    }
}
