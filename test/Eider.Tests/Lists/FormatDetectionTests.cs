// The format told from the first lines, and files that are no lists.

using System.IO.Compression;
using System.Text;
using Eider.Core.Lists;
using Eider.Core.Policy;
using Xunit;

namespace Eider.Tests.Lists;

public sealed class FormatDetectionTests
{
    [Theory]
    [InlineData("# hosts\n127.0.0.1 localhost\n0.0.0.0 a.example\n0.0.0.0 b.example", ListFormat.Hosts)]
    [InlineData("# names\na.example\n*.b.example\n.c.example", ListFormat.Domains)]
    [InlineData("! Title\n||a.example^\n@@||b.example^", ListFormat.Adblock)]
    [InlineData("! Title\n||a.example^\nb.example\n0.0.0.0 c.example\nd.example##.ad", ListFormat.Adblock)]
    [InlineData("; zone\n$TTL 1h\n@ SOA a. b. (\n1 2 3\n4 5 )", ListFormat.Rpz)]
    [InlineData("@ IN SOA a. b. (\n1\n2\n3\n4\n5\n)", ListFormat.Rpz)]
    [InlineData("bad.example CNAME .\n*.bad.example CNAME .", ListFormat.Rpz)]
    [InlineData("# d\naddress=/a.example/\nlocal=/b.example/", ListFormat.Dnsmasq)]
    [InlineData("server:\n  local-zone: \"a.example\" static", ListFormat.Unbound)]
    [InlineData("", ListFormat.Domains)]
    [InlineData("# nothing here\n", ListFormat.Domains)]
    public void Format_is_told_from_the_lines(string text, ListFormat format)
    {
        var reading = ListReading.Of(text);

        Assert.Null(reading.Error);
        Assert.Equal(format, reading.Import!.Format);
    }

    [Fact]
    public void Format_is_refused_where_lines_do_not_agree()
    {
        var reading = ListReading.Of("0.0.0.0 a.example\nb.example\nsome prose here\n");

        Assert.Equal(ListFault.FormatUnknown, reading.Error!.Fault);
        Assert.Equal("list.txt: the format is not certain: of the first 3 lines that are not comments, 1 look like hosts, 1 look like domains, 1 like no format; name it with \"format:\"",
            reading.Error.Message);
    }

    [Fact]
    public void Few_odd_lines_do_not_hide_the_format()
    {
        var reading = ListReading.Of(string.Concat(Enumerable.Repeat("a.example\n", 9)) + "not a name\n");

        Assert.Equal(ListFormat.Domains, reading.Import!.Format);
        Assert.Equal("NotInFormat x1", reading.Faults);
    }

    [Fact]
    public void Format_is_refused_where_the_first_lines_are_all_comments()
    {
        var reading = ListReading.Of(string.Concat(Enumerable.Repeat("# licence\n", 10_000)) + "a.example\n");

        Assert.Equal("list.txt: the format is not certain: the first 64 KiB are nothing but comments; name it with \"format:\"", reading.Error!.Message);
    }

    public static TheoryData<byte[], ListFault, string> Foreign => new()
    {
        { [0xff, 0xfe, (byte)'a', 0], ListFault.Utf16, "UTF-16; save it as UTF-8" },
        { [0xfe, 0xff, 0, (byte)'a'], ListFault.Utf16, "UTF-16; save it as UTF-8" },
        { Encoding.Unicode.GetBytes("a.example"), ListFault.Binary, "perhaps UTF-16" },
        { [0x7f, (byte)'E', (byte)'L', (byte)'F', 2, 1, 1, 0], ListFault.Binary, "starts with 7f 45 4c 46 02 01 01;" },
        { [(byte)'P', (byte)'K', 3, 4, 20], ListFault.Binary, "zip; unpack it" },
        { [0x28, 0xb5, 0x2f, 0xfd, 1], ListFault.Binary, "zstd -d" },
        { [0], ListFault.Binary, "not a list of names" },
        { "\n <!DOCTYPE html>\n<html>"u8.ToArray(), ListFault.WebPage, "web page" },
        { "<HTML><body>login</body>"u8.ToArray(), ListFault.WebPage, "web page" },
        { Gzip(Gzip("a.example"u8.ToArray())), ListFault.Binary, "gzip within gzip" },
    };

    [Theory]
    [MemberData(nameof(Foreign))]
    public void File_that_is_no_list_is_refused_with_what_it_is(byte[] octets, ListFault fault, string message)
    {
        var reading = ListReading.Of(octets);

        Assert.Equal(fault, reading.Error!.Fault);
        Assert.Contains(message, reading.Error.Message);
        Assert.StartsWith("list.txt: ", reading.Error.Message);
    }

    [Fact]
    public void Byte_order_mark_and_carriage_returns_are_no_part_of_names() =>
        Assert.Equal(["+.a.example", "+.b.example"], ListReading.Of([0xef, 0xbb, 0xbf, .. "a.example\r\nb.example\r\n"u8]).Entries);

    [Fact]
    public void Nul_octet_deep_in_the_file_refuses_the_file_with_its_place()
    {
        var reading = ListReading.Of(string.Concat(Enumerable.Repeat("a.example\n", 10_000)) + "b.ex\0ample\nc.example\n");

        Assert.Equal(ListFault.Binary, reading.Error!.Fault);
        Assert.Contains("a NUL octet after line 10000, at octet 100004", reading.Error.Message);
        Assert.DoesNotContain("+.c.example", reading.Entries);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(65_535)]
    [InlineData(65_536)]
    [InlineData(65_537)]
    [InlineData(1_000_000)]
    public void Line_longer_than_the_buffer_is_counted_and_passed_over(int length)
    {
        var reading = ListReading.Of($"a.example\n{new string('x', length)}.example\nb.example", ListFormat.Domains);

        Assert.Equal(length == 1 ? ["+.a.example", "+.x.example", "+.b.example"] : ["+.a.example", "+.b.example"], reading.Entries);
        Assert.Equal(3, reading.Import!.Lines);
        if (length > 1)
        {
            Assert.Equal(length < 65_528 ? "NameTooLong x1" : "LineTooLong x1", reading.Faults);
        }
    }

    [Fact]
    public void Compressed_list_is_read_and_one_that_ends_early_is_not()
    {
        var text = Encoding.ASCII.GetBytes(string.Concat(Enumerable.Range(0, 50_000).Select(number => $"n{number}.example\n")));
        var packed = Gzip(text);

        Assert.Equal(50_000, ListReading.Of(packed).Entries.Count);
        Assert.Equal(ListFault.Truncated, ListReading.Of(packed[..^100]).Error!.Fault);
        packed[packed.Length / 2] ^= 0xff;
        Assert.Equal(ListFault.Damaged, ListReading.Of(packed).Error!.Fault);
    }

    [Fact]
    public void List_larger_than_its_limit_is_refused_also_when_compressed()
    {
        var bomb = Gzip(new byte[10_000_000].Select((_, at) => at % 10 == 9 ? (byte)'\n' : (byte)'a').ToArray());

        var reading = ListReading.Of(bomb, ListFormat.Domains, maxOctets: 1 << 20);

        Assert.Equal(ListFault.TooLarge, reading.Error!.Fault);
        Assert.Equal("list.txt: the list is larger than 1MiB of text; split it, or use a smaller one", reading.Error.Message);
    }

    [Fact]
    public void File_that_is_missing_or_a_directory_is_named()
    {
        Assert.False(DomainListReader.TryOpen("/nowhere/list.txt", ListFormat.Auto, ListMatch.Subdomains, out _, out var missing));
        Assert.False(DomainListReader.TryOpen("/", ListFormat.Auto, ListMatch.Subdomains, out _, out var directory));

        Assert.Equal("/nowhere/list.txt: no such file; check the path", missing.Message);
        Assert.Equal("/: is a directory; name a list file in it", directory.Message);
    }

    internal static byte[] Gzip(byte[] octets)
    {
        using var packed = new MemoryStream();
        using (var gzip = new GZipStream(packed, CompressionLevel.Fastest))
        {
            gzip.Write(octets);
        }

        return packed.ToArray();
    }
}
