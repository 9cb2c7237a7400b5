// Names: escaped and back, compressed and not, in any case; and the cache that keeps them.

using System.Globalization;
using Eider.Core.Decode;
using FsCheck;
using FsCheck.Fluent;
using Xunit;

namespace Eider.Tests.Decode;

public sealed class WireNamesTests
{
    public static TheoryData<string, string> Escapes => new()
    {
        { "00", "." },
        { "@www.Example.com", "www.Example.com" },
        { "03 =a.b 00", "a\\.b" },
        { "03 61 5c 62 00", "a\\\\b" },
        { "03 =a 20 =b 00", "a\\032b" },
        { "04 00 0a 7f ff 00", "\\000\\010\\127\\255" },
        { "0a =_-*\"();@$~ 00", "_-*\"();@$~" },
    };

    [Theory]
    [MemberData(nameof(Escapes))]
    public void Name_is_shown_in_printable_ascii(string words, string expected)
    {
        Assert.Equal(expected, WireNames.ToText(MessageBuilder.Octets(words)));
    }

    [Fact]
    public void Text_leads_back_to_the_name()
    {
        Prop.ForAll(Names(), (Func<byte[], bool>)(wire => FromText(WireNames.ToText(wire)).AsSpan().SequenceEqual(wire))).QuickCheckThrowOnFailure();
    }

    [Fact]
    public void Hash_disregards_case_and_nothing_else()
    {
        Prop.ForAll(Names(), (Func<byte[], bool>)(wire =>
        {
            var folded = new byte[wire.Length];
            WireNames.Fold(wire, folded);
            byte[] other = [.. folded];
            other[1 % other.Length] ^= 0x11;
            return WireNames.FoldedHash(wire, 7) == WireNames.FoldedHash(folded, 7)
                && WireNames.FoldedHash(wire, 7) != WireNames.FoldedHash(wire, 8)
                && WireNames.FoldedHash(folded, 7) != WireNames.FoldedHash(other, 7);
        })).QuickCheckThrowOnFailure();
    }

    [Fact]
    public void Every_octet_folds_as_in_ascii()
    {
        for (var octet = 0; octet < 256; octet++)
        {
            byte[] wire = [8, 1, 2, (byte)octet, (byte)octet, 0x40, 0x5b, (byte)octet, (byte)octet, 0];
            var lower = (byte)(octet is >= 'A' and <= 'Z' ? octet + 32 : octet);
            byte[] folded = [8, 1, 2, lower, lower, 0x40, 0x5b, lower, lower, 0];

            Assert.Equal(WireNames.FoldedHash(folded, 3), WireNames.FoldedHash(wire, 3));
            Assert.True(octet == lower || WireNames.FoldedHash(wire, 3) != WireNames.FoldedHash([8, 1, 2, (byte)(octet ^ 0x80), .. wire[4..]], 3));
        }
    }

    [Theory]
    [InlineData(63, 127, true)]
    [InlineData(61, 255, true)]
    [InlineData(62, 256, false)]
    public void Name_may_have_255_octets(int lastLabel, int length, bool isRight)
    {
        var labels = length == 127 ? 0 : 3;
        var name = string.Join('.', Enumerable.Repeat(new string('a', 63), labels).Append(new string('b', lastLabel)));
        var summary = DnsSummary.Read(new MessageBuilder(0x0100).Question(name, 1).ToArray(), new NameCache(1));

        Assert.Equal(isRight, summary.Malformed is null);
        Assert.Equal(isRight ? name : null, summary.Name);
    }

    [Fact]
    public void Name_may_have_127_labels()
    {
        var name = string.Join('.', Enumerable.Repeat("a", 127));
        Assert.Equal(name, DnsSummary.Read(new MessageBuilder(0x0100).Question(name, 1).ToArray(), new NameCache(1)).Name);

        var tooLong = DnsSummary.Read(new MessageBuilder(0x0100).Question(name + ".a", 1).ToArray(), new NameCache(1));
        Assert.Equal(("a name is longer than 255 octets", 12 + 254), (tooLong.Malformed?.What, tooLong.Malformed?.Offset));
    }

    [Fact]
    public void Compressed_names_are_resolved()
    {
        // www.example.com by way of two pointers; then a name whose compression makes it too long.
        var message = new MessageBuilder()
            .Question("example.com", 1)
            .Answer([3, .. "www"u8, .. MessageBuilder.QuestionName], RecordType.CNAME, [1, (byte)'x', .. MessageBuilder.Pointer(29)])
            .ToArray();

        var record = Assert.Single(AnswerRecord.ReadAll(message));

        Assert.Equal(("www.example.com", "x.www.example.com"), (record.Name, record.Data));
    }

    [Fact]
    public void Corpus_names_are_read()
    {
        Assert.SkipWhen(CorpusMessages.Folder is null, "no ../shared/corpus beside the repository");
        foreach (var file in Directory.EnumerateFiles(Path.Combine(CorpusMessages.Folder, "knot/dname_to_str")))
        {
            var wire = File.ReadAllBytes(file);
            var summary = DnsSummary.Read(new MessageBuilder(0x0100).Question(wire, 1).ToArray(), new NameCache(1));

            Assert.Equal(wire, FromText(summary.Name!));
        }
    }

    [Fact]
    public void Cache_gives_the_same_string_for_the_same_spelling()
    {
        var names = new NameCache(seed: 5);
        string? Ask(string name) => DnsSummary.Read(new MessageBuilder(0x0100).Question(name, 1).ToArray(), names).Name;

        Assert.Same(Ask("www.example.com"), Ask("www.example.com"));
        Assert.Equal("WWW.example.com", Ask("WWW.example.com"));
        Assert.Equal("www.example.com", Ask("www.example.com"));
    }

    [Fact]
    public void Flood_of_unique_names_displaces_neither_the_bound_nor_a_name_in_use()
    {
        var names = new NameCache(seed: 5, capacity: 64);
        string? Ask(string name) => DnsSummary.Read(new MessageBuilder(0x0100).Question(name, 1).ToArray(), names).Name;

        var popular = Ask("popular.example");
        var kept = 0;
        for (var i = 0; i < 10_000; i++)
        {
            Ask($"{i}.flood.example");
            kept += ReferenceEquals(popular, popular = Ask("popular.example")) ? 1 : 0;
        }

        Assert.Equal(64, names.Capacity);
        Assert.InRange(kept, 9_990, 10_000);
    }

    /// <summary>Names of random labels with octets of every kind.</summary>
    private static Arbitrary<byte[]> Names() => Arb.From(
        from labels in ArbMap.Default.GeneratorFor<byte>().NonEmptyListOf().ListOf()
        select Wire(labels.Select(label => label.Take(63).ToArray())));

    private static byte[] Wire(IEnumerable<byte[]> labels)
    {
        var wire = new List<byte>();
        foreach (var label in labels.TakeWhile(label => wire.Count + label.Length + 2 <= DnsName.MaxWireLength))
        {
            wire.Add((byte)label.Length);
            wire.AddRange(label);
        }

        return [.. wire, 0];
    }

    /// <summary>Reads presentation form by RFC 1035 5.1, for comparison.</summary>
    private static byte[] FromText(string text)
    {
        var labels = new List<byte[]>();
        var label = new List<byte>();
        for (var i = 0; i < text.Length && text != "."; i++)
        {
            if (text[i] == '.')
            {
                labels.Add([.. label]);
                label.Clear();
            }
            else if (text[i] != '\\')
            {
                label.Add((byte)text[i]);
            }
            else if (char.IsAsciiDigit(text[i + 1]))
            {
                label.Add(byte.Parse(text.AsSpan(i + 1, 3), CultureInfo.InvariantCulture));
                i += 3;
            }
            else
            {
                label.Add((byte)text[++i]);
            }
        }

        return Wire(label.Count == 0 ? labels : labels.Append([.. label]));
    }
}
