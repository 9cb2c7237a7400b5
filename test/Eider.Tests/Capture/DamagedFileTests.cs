// Files that are cut, damaged, foreign or not there: what was read before is delivered, and one line says what is wrong and where.

using System.Diagnostics;
using System.IO.Compression;
using Eider.Core.Capture;
using Xunit;

namespace Eider.Tests.Capture;

public sealed class DamagedFileTests : IDisposable
{
    private static readonly byte[] Frame = PacketBytes.Ethernet(PacketBytes.Ipv4(PacketBytes.Udp(PacketBytes.Query)));

    private readonly string _directory = Directory.CreateTempSubdirectory("eider-capture-").FullName;

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Capture_cut_anywhere_delivers_the_whole_records_and_names_the_cut_one(bool pcapng)
    {
        var one = pcapng ? CaptureBytes.Pcapng().Interface().Enhanced(Frame, 1) : CaptureBytes.Pcap().Record(Frame);
        var two = pcapng ? CaptureBytes.Pcapng().Interface().Enhanced(Frame, 1).Enhanced(Frame, 2) : CaptureBytes.Pcap().Record(Frame).Record(Frame);
        var secondRecord = one.ToArray().Length;
        var octets = two.ToArray();

        for (var length = secondRecord; length < octets.Length; length++)
        {
            var reading = Reading.Of(octets[..length]);

            if (length == secondRecord)
            {
                Assert.Null(reading.Error);
                continue;
            }

            Assert.Equal(CaptureFault.Truncated, reading.Error?.Fault);
            Assert.Equal(secondRecord, reading.Error?.Offset);
            // A pcapng block may lack no more than its closing length, and the frame in it is whole then.
            Assert.InRange(reading.Packets.Count, 1, pcapng && length >= octets.Length - 7 ? 2 : 1);
        }
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Capture_cut_in_its_first_records_is_truncated_not_foreign(bool pcapng)
    {
        var octets = (pcapng ? CaptureBytes.Pcapng().Interface() : CaptureBytes.Pcap()).ToArray();
        for (var length = 4; length < (pcapng ? octets.Length : 24); length++)
        {
            var reading = Reading.Of(octets[..length]);

            // A section of no interfaces is a whole capture.
            Assert.Equal(pcapng && length == 28 ? null : CaptureFault.Truncated, reading.Error?.Fault);
        }
    }

    [Fact]
    public void Gzip_cut_anywhere_delivers_what_was_unpacked_and_says_that_it_is_not_all()
    {
        var file = CaptureBytes.Pcap();
        for (uint i = 0; i < 200; i++)
        {
            file.Record(Frame, fraction: i * 7919 % 1_000_000);
        }

        var packed = CaptureFileTests.Gzip(file.ToArray());
        for (var length = 0; length < packed.Length; length++)
        {
            var reading = Reading.Of(packed[..length]);

            Assert.Equal(length < 2 ? CaptureFault.Foreign : CaptureFault.Truncated, reading.Error?.Fault);
            Assert.InRange(reading.Packets.Count, 0, 200);
        }
    }

    [Fact]
    public void Gzip_that_is_damaged_says_so()
    {
        var packed = CaptureFileTests.Gzip(CaptureBytes.Pcap().Record(Frame).ToArray());
        packed.AsSpan(20).Fill(0xff);

        var error = Reading.Of(packed).Error;

        Assert.Equal(CaptureFault.Damaged, error?.Fault);
        Assert.Contains("gzip", error?.Message);
    }

    [Fact]
    public void Gzip_bomb_is_read_in_bounded_memory()
    {
        const int Size = 256 << 20;
        var packed = new MemoryStream();
        using (var gzip = new GZipStream(packed, CompressionLevel.Fastest, leaveOpen: true))
        {
            gzip.Write(CaptureBytes.Pcapng().Interface().ToArray());
            // One block of an unknown type that claims, and has, a quarter of a gibibyte.
            gzip.Write(new CaptureBytes(bigEndian: false).U32(0x77).U32(Size).ToArray());
            var zeros = new byte[1 << 20];
            for (var i = 0; i < Size >> 20; i++)
            {
                gzip.Write(zeros);
            }
        }

        packed.Position = 0;
        var before = GC.GetAllocatedBytesForCurrentThread();
        var reading = Reading.Of(packed);

        Assert.Equal(CaptureFault.Damaged, reading.Error?.Fault);
        Assert.Contains("at its end", reading.Error?.Message);
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 4 << 20);
    }

    [Theory]
    [InlineData(uint.MaxValue)]
    [InlineData(300_000u)]
    public void Pcap_record_that_claims_more_than_any_snapshot_is_damaged(uint claimed)
    {
        var file = CaptureBytes.Pcap().Record(Frame);
        var offset = file.ToArray().Length;
        file.U32(0).U32(0).U32(claimed).U32(claimed).Raw(new byte[400_000]);

        var reading = Reading.Of(file);

        Assert.Single(reading.Packets);
        Assert.Equal((CaptureFault.Damaged, offset), (reading.Error?.Fault, reading.Error?.Offset));
        Assert.Contains($"claims a frame of {claimed} octets", reading.Error?.Message);
    }

    public static TheoryData<string, Action<CaptureBytes>, string> BadBlocks => new()
    {
        { "length of zero", file => file.U32(6).U32(0).U32(0), "claims 0 octets" },
        { "length not a multiple of 4", file => file.U32(6).U32(13).Raw(new byte[20]), "claims 13 octets" },
        { "lengths that differ", file => file.U32(0x99).U32(16).U32(0).U32(20), "16 octets at its start and 20 at its end" },
        { "packet before its interface", file => file.Enhanced(Frame, 1, interfaceIndex: 1), "names interface 1, of which its section describes 1" },
        { "frame beyond its block", file => file.Block(6, body => body.U32(0).U32(0).U32(0).U32(99).U32(99).Raw(new byte[8])), "claims a frame of 99 octets in a body of 8" },
        { "body too short", file => file.Block(6, body => body.U32(0)), "its body has 4 octets, where 20 are the least" },
        { "section without byte-order mark", file => file.U32(0x0a0d0d0a).U32(28).Raw(new byte[24]), "no byte-order mark" },
        { "section of another version", file => file.Block(0x0a0d0d0a, body => body.U32(0x1a2b3c4d).U16(2).Raw(new byte[10])), "pcapng version 2" },
    };

    [Theory]
    [MemberData(nameof(BadBlocks))]
    public void Pcapng_block_that_contradicts_itself_ends_the_reading_there(string what, Action<CaptureBytes> append, string problem)
    {
        Assert.NotEmpty(what);
        var file = CaptureBytes.Pcapng().Interface().Enhanced(Frame, 1);
        var offset = file.ToArray().Length;
        append(file);

        var reading = Reading.Of(file);

        Assert.Single(reading.Packets);
        Assert.Equal((CaptureFault.Damaged, offset), (reading.Error?.Fault, reading.Error?.Offset));
        Assert.Contains(problem, reading.Error?.Message);
    }

    [Theory]
    [InlineData("", "this is not a capture file: it is empty; expected pcap or pcapng")]
    [InlineData("89504e470d0a1a0a0000000d49484452", "this is not a capture file: starts with 89 50 4e 47 0d 0a 1a 0a; expected pcap or pcapng")]
    [InlineData("d4", "this is not a capture file: starts with d4; expected pcap or pcapng")]
    [InlineData("28b52ffd0458", "starts with 28 b5 2f fd 04 58 (zstd; unpack it with zstd -d); expected")]
    public void Foreign_file_is_refused_with_what_it_starts_with(string hex, string message)
    {
        var error = Reading.Of(Convert.FromHexString(hex)).Error;

        Assert.Equal(CaptureFault.Foreign, error?.Fault);
        Assert.Contains(message, error?.Message);
    }

    [Fact]
    public void Path_that_is_no_file_is_refused_with_the_reason()
    {
        Assert.Equal(CaptureFault.NotFound, Open(Path.Combine(_directory, "missing.pcap")).Fault);
        Assert.Equal(CaptureFault.NotFound, Open(Path.Combine(_directory, "missing", "a.pcap")).Fault);
        Assert.Equal(CaptureFault.IsDirectory, Open(_directory).Fault);
        Assert.Equal(CaptureFault.Unreadable, Open("").Fault);
        Assert.Equal(CaptureFault.Unreadable, Open("a\0b").Fault);
    }

    [Fact]
    public void File_that_cannot_be_read_is_refused_with_the_reason()
    {
        // Address 0 of a process is never mapped, so that this opens and does not read, even for root.
        var error = Open("/proc/self/mem");

        Assert.Equal(CaptureFault.Unreadable, error.Fault);
        Assert.StartsWith("/proc/self/mem: cannot be read at octet 0", error.Message);
    }

    [Fact]
    public void File_without_permission_is_refused_with_the_reason()
    {
        Assert.SkipWhen(Environment.UserName == "root", "root may read every file");
        var path = Path.Combine(_directory, "secret.pcap");
        File.WriteAllBytes(path, CaptureBytes.Pcap().ToArray());
        File.SetUnixFileMode(path, UnixFileMode.None);

        var error = Open(path);

        Assert.Equal(CaptureFault.Unreadable, error.Fault);
        Assert.StartsWith(path, error.Message);
    }

    [Fact]
    public void Stream_that_fails_midway_delivers_what_came_before()
    {
        var reading = Reading.Of(new FailingStream(CaptureBytes.Pcap().Record(Frame).ToArray()));

        Assert.Single(reading.Packets);
        Assert.Equal(CaptureFault.Unreadable, reading.Error?.Fault);
        Assert.Contains("disk on fire", reading.Error?.Message);
    }

    [Fact]
    public void Descriptor_is_closed_when_a_file_turns_out_foreign()
    {
        var stream = new MemoryStream([1, 2, 3]);

        Assert.False(CaptureFile.TryOpen(stream, "x", out _, out _));
        Assert.False(stream.CanRead);
    }

    private static CaptureError Open(string path)
    {
        Assert.False(CaptureFile.TryOpen(path, out _, out var error));
        return error ?? throw new UnreachableException();
    }

    private sealed class FailingStream(byte[] octets) : MemoryStream(octets)
    {
        public override int Read(Span<byte> buffer) => base.Read(buffer) is var read and > 0 ? read : throw new IOException("disk on fire");
    }
}
