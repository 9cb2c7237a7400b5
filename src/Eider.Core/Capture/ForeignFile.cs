// What to tell a person whose file is not a capture.

namespace Eider.Core.Capture;

internal static class ForeignFile
{
    private const int Shown = 8;

    public static CaptureError Describe(ReadOnlySpan<byte> start, string name)
    {
        if (start.IsEmpty)
        {
            return new CaptureError(CaptureFault.Foreign, $"{name}: this is not a capture file: it is empty; expected pcap or pcapng", 0);
        }

        var octets = string.Join(' ', start[..Math.Min(Shown, start.Length)].ToArray().Select(octet => octet.ToString("x2")));
        return new CaptureError(CaptureFault.Foreign, $"{name}: this is not a capture file: starts with {octets}{Mend(start)}; expected pcap or pcapng", 0);
    }

    /// <summary>Captures that another tool turns into one of the two.</summary>
    private static string Mend(ReadOnlySpan<byte> start) => start switch
    {
        [0x28, 0xb5, 0x2f, 0xfd, ..] => " (zstd; unpack it with zstd -d)",
        [0xfd, (byte)'7', (byte)'z', (byte)'X', (byte)'Z', ..] => " (xz; unpack it with xz -d)",
        [(byte)'B', (byte)'Z', (byte)'h', ..] => " (bzip2; unpack it with bzip2 -d)",
        [0x04, 0x22, 0x4d, 0x18, ..] => " (lz4; unpack it with lz4 -d)",
        [0xa1, 0xb2, 0xcd, 0x34, ..] or [0x34, 0xcd, 0xb2, 0xa1, ..] => " (modified pcap; convert it with editcap -F pcap)",
        [(byte)'s', (byte)'n', (byte)'o', (byte)'o', (byte)'p', 0, 0, 0, ..] => " (snoop; convert it with editcap -F pcap)",
        _ => "",
    };
}
