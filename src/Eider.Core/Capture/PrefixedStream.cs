// A stream of which the first octets were read already, to see what it is: they are given again. Tells, too,
// whether the end was reached, since an unpacker does not say whether its input was cut off or damaged.

namespace Eider.Core.Capture;

internal sealed class PrefixedStream(Stream rest) : Stream
{
    private ReadOnlyMemory<byte> _prefix;

    /// <summary>Whether a read found no more.</summary>
    public bool HasEnded { get; private set; }

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => false;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    /// <summary>Shows the first octets, or fewer where there are no more; they are given again. To be called once, before anything is read.</summary>
    public ReadOnlySpan<byte> ReadPrefix(int count)
    {
        var octets = new byte[count];
        _prefix = octets.AsMemory(0, rest.ReadAtLeast(octets, count, throwOnEndOfStream: false));
        return _prefix.Span;
    }

    public override int Read(Span<byte> buffer)
    {
        if (_prefix.IsEmpty)
        {
            var read = rest.Read(buffer);
            HasEnded |= read == 0 && !buffer.IsEmpty;
            return read;
        }

        var count = Math.Min(buffer.Length, _prefix.Length);
        _prefix.Span[..count].CopyTo(buffer);
        _prefix = _prefix[count..];
        return count;
    }

    public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

    public override void Flush()
    {
    }

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            rest.Dispose();
        }

        base.Dispose(disposing);
    }
}
