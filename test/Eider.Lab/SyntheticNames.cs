// Names by the million for tests and benchmarks, as block lists have them: the same on every machine, none twice.

using System.Text;

namespace Eider.Lab;

public static class SyntheticNames
{
    /// <summary>A large published list.</summary>
    public const int Standard = 1_265_360;

    public const int Stress = 5_000_000;

    public const int LongestName = 64;

    private const uint Mask = 0x7fff_ffff;

    /// <summary>Five pairs of letters, 80 of each, tell 2^31 names apart.</summary>
    private const int Pairs = 5;

    private static readonly byte[] Consonants = "bcdfghjklmnprstv"u8.ToArray();
    private static readonly byte[] Vowels = "aeiou"u8.ToArray();
    private static readonly byte[][] Hosts = Encode("www", "ads", "cdn", "track", "api", "static", "img", "metrics", "pixel", "click", "mail", "login");
    private static readonly byte[][] Suffixes = Encode("-ads", "-cdn", "media", "tech", "-stats", "shop", "24", "online");
    private static readonly byte[][] Endings = Encode(
        ".com", ".com", ".com", ".com", ".com", ".com", ".com", ".com", ".net", ".net", ".net", ".org", ".info", ".xyz", ".top", ".ru", ".de", ".io", ".co.uk", ".com.br", ".online", ".shop");

    /// <summary>Writes name number <paramref name="index"/> of a seed, in lower case, without a final dot.</summary>
    /// <param name="name">At least <see cref="LongestName"/> octets.</param>
    /// <returns>Octets written.</returns>
    public static int Write(uint index, uint seed, Span<byte> name)
    {
        var unique = Scatter(index ^ seed);
        var chance = Scatter(unique + 0x5bd1_e995) ^ (Scatter(unique ^ 0x27d4_eb2f) << 1);
        var length = 0;
        switch (chance & 15)
        {
            case < 6:
                Add(name, ref length, Hosts[(chance >> 4) % (uint)Hosts.Length]);
                name[length++] = (byte)'.';
                break;
            case 6:
                AddNumber(name, ref length, chance >> 4);
                Add(name, ref length, "."u8);
                Add(name, ref length, Hosts[(chance >> 8) % (uint)Hosts.Length]);
                name[length++] = (byte)'.';
                break;
            case 7:
                AddNumber(name, ref length, chance);
                AddNumber(name, ref length, unique);
                name[length++] = (byte)'.';
                break;
        }

        for (var pair = 0; pair < Pairs; pair++)
        {
            var digit = unique % (uint)(Consonants.Length * Vowels.Length);
            unique /= (uint)(Consonants.Length * Vowels.Length);
            name[length++] = Consonants[digit % (uint)Consonants.Length];
            name[length++] = Vowels[digit / (uint)Consonants.Length];
        }

        if ((chance >> 12 & 3) == 0)
        {
            Add(name, ref length, Suffixes[(chance >> 14) % (uint)Suffixes.Length]);
        }

        Add(name, ref length, Endings[(chance >> 18) % (uint)Endings.Length]);
        return length;
    }

    public static IEnumerable<string> Take(int count, uint seed = 1)
    {
        var name = new byte[LongestName];
        for (uint index = 0; index < count; index++)
        {
            yield return Encoding.ASCII.GetString(name, 0, Write(index, seed, name));
        }
    }

    /// <summary>Writes a list, each name between two texts: <c>"0.0.0.0 "</c> and <c>"\n"</c>, <c>"||"</c> and <c>"^\n"</c>.</summary>
    public static void WriteList(Stream list, int count, string before = "", string after = "\n", uint seed = 1)
    {
        var (front, end) = (Encoding.ASCII.GetBytes(before), Encoding.ASCII.GetBytes(after));
        var buffer = new byte[1 << 16];
        var length = 0;
        for (uint index = 0; index < count; index++)
        {
            if (buffer.Length - length < front.Length + LongestName + end.Length)
            {
                list.Write(buffer, 0, length);
                length = 0;
            }

            Add(buffer, ref length, front);
            length += Write(index, seed, buffer.AsSpan(length));
            Add(buffer, ref length, end);
        }

        list.Write(buffer, 0, length);
    }

    /// <summary>Each of 2^31 numbers to another of them: every step can be undone.</summary>
    private static uint Scatter(uint number)
    {
        number &= Mask;
        number ^= number >> 16;
        number = number * 0x85eb_ca6b & Mask;
        number ^= number >> 13;
        number = number * 0xc2b2_ae35 & Mask;
        return number ^ number >> 16;
    }

    private static void AddNumber(Span<byte> name, ref int length, uint number)
    {
        number.TryFormat(name[length..], out var written, "x", System.Globalization.CultureInfo.InvariantCulture);
        length += written;
    }

    private static void Add(Span<byte> name, ref int length, ReadOnlySpan<byte> text)
    {
        text.CopyTo(name[length..]);
        length += text.Length;
    }

    private static byte[][] Encode(params string[] texts) => [.. texts.Select(Encoding.ASCII.GetBytes)];
}
