// Why a capture file could not be opened, or where and why its reading ended early. Values, since a bad file is an expected outcome.

namespace Eider.Core.Capture;

public enum CaptureFault : byte
{
    NotFound,
    IsDirectory,

    /// <summary>The operating system refused to open or to read it.</summary>
    Unreadable,

    /// <summary>Neither pcap nor pcapng, nor gzip of one.</summary>
    Foreign,

    /// <summary>The file ends within a record. Everything before that record was delivered.</summary>
    Truncated,

    /// <summary>A record contradicts itself or the format, so nothing behind it can be trusted. Everything before it was delivered.</summary>
    Damaged,
}

/// <param name="Message">One line for a person: the file, the place and what to do.</param>
/// <param name="Offset">Octets from the start of the file (of the unpacked data, for a compressed file) to the record at fault; 0 when it could not be opened.</param>
public sealed record CaptureError(CaptureFault Fault, string Message, long Offset)
{
    public override string ToString() => Message;
}
