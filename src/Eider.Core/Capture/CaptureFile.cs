// A capture file, read frame by frame: the other source of packets besides the kernel's ring.

using System.Diagnostics.CodeAnalysis;
using System.IO.Compression;

namespace Eider.Core.Capture;

/// <summary>A pcap or pcapng file, also compressed with gzip, told apart by how it starts. Memory stays the same for files of any length. Not thread-safe.</summary>
public sealed class CaptureFile : IDisposable
{
    private readonly PrefixedStream _stored;
    private readonly CaptureInput _input;
    private readonly ICaptureFormat _format;
    private readonly string _name;
    private bool _ended;

    private CaptureFile(PrefixedStream stored, CaptureInput input, ICaptureFormat format, string name)
    {
        _stored = stored;
        _input = input;
        _format = format;
        _name = name;
    }

    /// <summary>Why reading ended before the end of the capture; null while it has not, and after a whole capture.</summary>
    public CaptureError? Error { get; private set; }

    /// <returns>False, with <paramref name="error"/>, when there is no such file, it may not be read, or it is not a capture.</returns>
    public static bool TryOpen(string path, [NotNullWhen(true)] out CaptureFile? file, [NotNullWhen(false)] out CaptureError? error)
    {
        file = null;
        if (Directory.Exists(path))
        {
            error = new CaptureError(CaptureFault.IsDirectory, $"{path}: is a directory; name a capture file in it", 0);
            return false;
        }

        FileStream stream;
        try
        {
            // CaptureInput has the buffer.
            stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, bufferSize: 0);
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            error = new CaptureError(CaptureFault.NotFound, $"{path}: no such file; check the path", 0);
            return false;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
        {
            error = new CaptureError(CaptureFault.Unreadable, $"{path}: cannot be opened ({e.Message}); check its permissions", 0);
            return false;
        }

        return TryOpen(stream, path, out file, out error);
    }

    /// <param name="stream">Read from where it stands; need not seek. Owned from here on, also when it turns out not to be a capture.</param>
    /// <param name="name">How errors call it.</param>
    /// <returns>False, with <paramref name="error"/>, when it cannot be read or is not a capture.</returns>
    public static bool TryOpen(Stream stream, string name, [NotNullWhen(true)] out CaptureFile? file, [NotNullWhen(false)] out CaptureError? error)
    {
        file = null;
        var stored = new PrefixedStream(stream);
        try
        {
            var start = stored.ReadPrefix(2);
            var input = new CaptureInput(start is [0x1f, 0x8b] ? new GZipStream(stored, CompressionMode.Decompress) : stored);
            error = Recognise(input, name, out var format);
            file = format is null ? null : new CaptureFile(stored, input, format, name);
        }
        catch (Exception e) when (IsReadFailure(e))
        {
            error = ReadFailure(e, stored.HasEnded, name, 0);
        }

        if (file is null)
        {
            stream.Dispose();
        }

        return file is not null;
    }

    /// <summary>Reads the next frame.</summary>
    /// <returns>False at the end: of the capture, or where it cannot be read on, which <see cref="Error"/> tells.</returns>
    public bool TryReadFrame(out CapturedFrame frame)
    {
        frame = default;
        if (_ended)
        {
            return false;
        }

        try
        {
            var reading = _format.TryRead(_input, out frame);
            _ended = reading != FrameReading.Frame;
            Error = reading switch
            {
                FrameReading.Truncated => new CaptureError(CaptureFault.Truncated, $"{_name}: ends within the record at octet {_format.RecordOffset}: "
                    + $"{_format.Problem}; everything before it was read; let the capture finish, or copy the file again", _format.RecordOffset),
                FrameReading.Damaged => new CaptureError(CaptureFault.Damaged, $"{_name}: damaged in the record at octet {_format.RecordOffset}: "
                    + $"{_format.Problem}; everything before it was read; copy the file again", _format.RecordOffset),
                _ => null,
            };
        }
        catch (Exception e) when (IsReadFailure(e))
        {
            _ended = true;
            Error = ReadFailure(e, _stored.HasEnded, _name, _format.RecordOffset);
        }

        return !_ended;
    }

    public void Dispose() => _input.Dispose();

    private static CaptureError? Recognise(CaptureInput input, string name, out ICaptureFormat? format)
    {
        format = null;
        var start = input.Peek(PcapFormat.HeaderLength);
        if (start.StartsWith<byte>([0x0a, 0x0d, 0x0d, 0x0a]))
        {
            format = new PcapngFormat();
            return null;
        }

        if (!PcapFormat.IsMagic(start))
        {
            return ForeignFile.Describe(start, name);
        }

        if (!input.TryTake(PcapFormat.HeaderLength, out var header))
        {
            return new CaptureError(CaptureFault.Truncated, $"{name}: ends within the file header: it has {start.Length} of {PcapFormat.HeaderLength} octets; copy the file again", 0);
        }

        format = PcapFormat.Read(header);
        return null;
    }

    private static bool IsReadFailure(Exception e) => e is IOException or InvalidDataException or UnauthorizedAccessException;

    private static CaptureError ReadFailure(Exception e, bool hasEnded, string name, long offset) => (e, hasEnded) switch
    {
        (InvalidDataException, true) => new CaptureError(CaptureFault.Truncated, $"{name}: its gzip data ends within the record at octet {offset} of what it unpacks to; "
            + "everything before it was read; let the capture finish, or copy the file again", offset),
        (InvalidDataException, false) => new CaptureError(CaptureFault.Damaged, $"{name}: its gzip data is damaged in the record at octet {offset} of what it unpacks to; "
            + "everything before it was read; copy the file again", offset),
        _ => new CaptureError(CaptureFault.Unreadable, $"{name}: cannot be read at octet {offset} ({e.Message}); everything before it was read; check the disk", offset),
    };
}
