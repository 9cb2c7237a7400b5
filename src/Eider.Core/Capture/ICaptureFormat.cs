// One of the two file formats.

namespace Eider.Core.Capture;

internal enum FrameReading : byte
{
    Frame,

    /// <summary>The file ended where a record may end.</summary>
    End,

    /// <summary>The file ended within a record.</summary>
    Truncated,

    Damaged,
}

internal interface ICaptureFormat
{
    /// <summary>Where the record begins that was read last.</summary>
    long RecordOffset { get; }

    /// <summary>After <see cref="FrameReading.Truncated"/> or <see cref="FrameReading.Damaged"/>: what is wrong with that record, for a person.</summary>
    string Problem { get; }

    /// <summary>Reads the next frame; after anything but <see cref="FrameReading.Frame"/> it must not be called again.</summary>
    FrameReading TryRead(CaptureInput input, out CapturedFrame frame);
}
