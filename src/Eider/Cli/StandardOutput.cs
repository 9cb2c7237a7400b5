// Standard output as a stream that says when its reader has gone, which Console keeps to itself.

using System.Text;
using Microsoft.Win32.SafeHandles;

namespace Eider.Cli;

internal static class StandardOutput
{
    private const int BufferSize = 64 << 10;

    private static readonly UTF8Encoding Utf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: false);

    public static bool IsTerminal => !Console.IsOutputRedirected;

    /// <summary>Buffered; flush when a reader may wait. A write throws <see cref="BrokenPipeException"/> when nobody reads any more.</summary>
    public static Stream Open()
    {
        var handle = new FileStream(new SafeFileHandle(1, ownsHandle: false), FileAccess.Write, bufferSize: 0);

        // On a file FileStream writes at an offset of its own, over what others wrote to the same descriptor.
        return new BufferedStream(handle.CanSeek ? Console.OpenStandardOutput() : new PipeStream(handle), BufferSize);
    }

    public static StreamWriter OpenText() => new(Open(), Utf8) { NewLine = "\n" };

    /// <summary>Columns and lines of the terminal; 80 by 24 where that cannot be told.</summary>
    public static (int Width, int Height) Size()
    {
        try
        {
            return IsTerminal && Console.WindowWidth > 0 ? (Console.WindowWidth, Math.Max(1, Console.WindowHeight)) : (80, 24);
        }
        catch (IOException)
        {
            return (80, 24);
        }
    }

    /// <summary>Columns that a table may take: those of the terminal, and no limit in a pipe.</summary>
    public static int TableWidth => IsTerminal ? Size().Width : 0;

    private sealed class PipeStream(FileStream inner) : Stream
    {
        private const int BrokenPipe = 32;

        public override bool CanRead => false;

        public override bool CanSeek => false;

        public override bool CanWrite => true;

        public override long Length => throw new NotSupportedException();

        public override long Position
        {
            get => throw new NotSupportedException();
            set => throw new NotSupportedException();
        }

        public override void Write(byte[] buffer, int offset, int count) => Write(buffer.AsSpan(offset, count));

        public override void Write(ReadOnlySpan<byte> buffer)
        {
            try
            {
                inner.Write(buffer);
            }
            catch (IOException gone) when ((gone.HResult & 0xffff) == BrokenPipe)
            {
                throw new BrokenPipeException(gone);
            }
        }

        public override void Flush() => inner.Flush();

        public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();
    }
}

/// <summary>Nobody reads standard output any more (<c>eider observe | head</c>): the end of the work, not a failure.</summary>
internal sealed class BrokenPipeException(IOException inner) : IOException("nobody reads standard output any more", inner);
