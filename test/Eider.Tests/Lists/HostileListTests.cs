// Lists made to break their reader: whatever the octets, it ends, without an exception, with every name well-formed and every line counted.

using System.IO.Compression;
using System.Text;
using Eider.Core.Lists;
using Eider.Core.Policy;
using FsCheck;
using FsCheck.Fluent;
using Xunit;

namespace Eider.Tests.Lists;

public sealed class HostileListTests
{
    private static readonly ListFormat[] Formats = Enum.GetValues<ListFormat>();

    private static readonly byte[][] Lists =
    [
        .. new[]
        {
            "# x\n127.0.0.1 localhost\n0.0.0.0 a.example b.example # c\r\n:: d.example\n",
            "a.example\n*.b.example\n.c.example.\nbücher.example\n",
            "! x\n[Adblock]\n||a.example^$important\n@@|b.example|\nc.example##.x\n/re/$all\n0.0.0.0 d.example\n",
            "$TTL 1h\n$ORIGIN z.\n@ IN SOA a. b. (1 ; x\n 2) \"q\"\na.example CNAME .\n  AAAA ::1\n*.b.z. 1h IN CNAME rpz-drop.\n",
            "address=/a.example/b.example/#\nlocal=/c.example/ # x\nserver=/d.example/1.2.3.4\n",
            "server:\nlocal-zone: \"a.example\" refuse # x\nlocal-data: 'x'\n",
        }.Select(Encoding.UTF8.GetBytes),
    ];

    [Fact]
    public void List_with_any_octet_replaced_is_read_without_an_exception()
    {
        byte[] values = [0x00, 0x09, 0x0a, 0x0d, 0x20, 0x22, 0x23, 0x24, 0x28, 0x29, 0x2a, 0x2e, 0x2f, 0x3b, 0x40, 0x5e, 0x7c, 0x7f, 0x80, 0xc3, 0xff];
        foreach (var list in Lists)
        {
            for (var at = 0; at < list.Length; at++)
            {
                foreach (var value in values)
                {
                    var octets = (byte[])list.Clone();
                    octets[at] = value;
                    ReadEveryWay(octets);
                }
            }
        }
    }

    [Fact]
    public void List_cut_anywhere_is_read_without_an_exception()
    {
        foreach (var list in Lists)
        {
            for (var length = 0; length < list.Length; length++)
            {
                ReadEveryWay(list[..length]);
            }
        }
    }

    [Fact]
    public void Random_octets_are_read_without_an_exception() =>
        Prop.ForAll(ArbMap.Default.ArbFor<byte[]>(), ReadEveryWay).Check(FsCheck.Config.QuickThrowOnFailure.WithMaxTest(2000));

    [Fact]
    public void Random_mixtures_of_what_lists_are_made_of_are_read_without_an_exception()
    {
        string[] parts =
        [
            "a", "example", ".", "*.", "0.0.0.0 ", ":: ", "||", "|", "^", "@@", "$important", "#", "##", ";", "(", ")", "\"", "/", "address=", "local-zone: ", " refuse", "\n", "\n", "\r\n", " ", "\t",
            "CNAME ", "$ORIGIN ", "@ SOA ", "ü", "\ud83d\ude00", new string('x', 64), new string('y', 300), "xn--", "rpz-drop.", ".rpz-ip", "\\", "%", "::1%", "1.2.3.4",
        ];
        var random = new Random(20_260_131);
        for (var round = 0; round < 20_000; round++)
        {
            ReadEveryWay(Encoding.UTF8.GetBytes(string.Concat(Enumerable.Range(0, random.Next(1, 30)).Select(_ => parts[random.Next(parts.Length)]))));
        }
    }

    [Fact]
    public void Octet_by_octet_gives_what_the_whole_gives()
    {
        foreach (var list in Lists)
        {
            var whole = ListReading.Of(list);
            var dripped = ListReading.Of(new DrippingStream(list));

            Assert.Equal(whole.Entries, dripped.Entries);
            Assert.Equal(whole.Faults, dripped.Faults);
            Assert.NotEmpty(whole.Entries);
        }
    }

    [Fact]
    public void Every_position_of_a_line_in_the_buffer_gives_the_same()
    {
        for (var shift = ListLimits.LongestLine - 40; shift <= ListLimits.LongestLine + 1; shift++)
        {
            var text = $"#{new string('-', shift % 1000)}\n" + string.Concat(Enumerable.Repeat($"#{new string('-', 998)}\n", shift / 1000)) + "0.0.0.0 a.example b.example\r\n:: c.example";

            Assert.Equal(["+.a.example", "+.b.example", "+.c.example"], ListReading.Of(text, ListFormat.Hosts).Entries);
        }
    }

    [Fact]
    public void Zip_bomb_is_given_up_within_its_limit()
    {
        var packed = new MemoryStream();
        using (var gzip = new GZipStream(packed, CompressionLevel.Fastest, leaveOpen: true))
        {
            var chunk = new byte[1 << 20];
            Array.Fill(chunk, (byte)'\n');
            for (var count = 0; count < 64; count++)
            {
                gzip.Write(chunk);
            }
        }

        packed.Position = 0;
        var reading = ListReading.Of(packed, ListFormat.Domains, maxOctets: 4 << 20);

        Assert.Equal(ListFault.TooLarge, reading.Error!.Fault);
        Assert.InRange(reading.Import!.Octets, 4 << 20, (4 << 20) + ListLimits.LongestLine);
    }

    private static void ReadEveryWay(byte[] octets)
    {
        foreach (var format in Formats)
        {
            var reading = ListReading.Of(octets, format);
            if (reading.Import is { } import)
            {
                Assert.Equal(import.Names, reading.Entries.Count);
                Assert.True(import.Comments + import.Names + import.Skipped.Sum(skipped => skipped.Count) >= import.Lines,
                    $"lines that nobody counted in {Convert.ToHexString(octets)}");
            }

            Assert.All(reading.Entries, entry => Assert.Matches(@"^(\*\.|\+\.)?(?=[^ ]{1,253}( |$))[a-z0-9_-]{1,63}(\.[a-z0-9_-]{1,63})*( |$)", entry));
        }
    }

    private sealed class DrippingStream(byte[] octets) : MemoryStream(octets)
    {
        public override int Read(Span<byte> buffer) => base.Read(buffer[..Math.Min(1, buffer.Length)]);

        public override int Read(byte[] buffer, int offset, int count) => base.Read(buffer, offset, Math.Min(1, count));
    }
}
