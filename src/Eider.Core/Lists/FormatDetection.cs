// Tells a list's format from its first lines, or says what was seen where that is not certain.

using Eider.Core.Lists.Formats;
using Eider.Core.Policy;

namespace Eider.Core.Lists;

internal static class FormatDetection
{
    private const int MaxLines = 1000;

    /// <summary>Share of the lines that must agree.</summary>
    private const double Certain = 0.8;

    /// <summary>AdBlock lists may hold plain names and hosts lines; with this share of rules they are read as what they are.</summary>
    private const double AdblockShare = 0.1;

    private const int Unknown = 0;

    /// <param name="sample">How the text starts. Its last line may be cut.</param>
    /// <param name="isWhole">Whether the sample is all there is.</param>
    /// <returns>Why the format is not certain; null when it is.</returns>
    public static ListError? Detect(ReadOnlySpan<byte> sample, bool isWhole, string name, out ListFormat format)
    {
        Span<int> votes = stackalloc int[(int)ListFormat.Unbound + 1];
        var lines = Count(sample, isWhole, votes, out var isZone);
        format = isZone ? ListFormat.Rpz
            : votes[(int)ListFormat.Adblock] >= Math.Max(1, AdblockShare * lines) && lines - votes[Unknown] - Others(votes) >= Certain * lines ? ListFormat.Adblock
            : Leader(votes);
        if (isZone || format == ListFormat.Adblock && votes[(int)format] > 0 || lines > 0 && votes[(int)format] >= Certain * lines)
        {
            return null;
        }

        if (lines == 0 && isWhole)
        {
            // Comments alone are a list of no names in any format.
            format = ListFormat.Domains;
            return null;
        }

        format = ListFormat.Auto;
        return new ListError(ListFault.FormatUnknown, lines == 0
            ? $"{name}: the format is not certain: the first {sample.Length >> 10} KiB are nothing but comments; name it with \"format:\""
            : $"{name}: the format is not certain: of the first {lines} lines that are not comments, {Describe(votes)}; name it with \"format:\"");
    }

    private static int Others(ReadOnlySpan<int> votes) => votes[(int)ListFormat.Rpz] + votes[(int)ListFormat.Dnsmasq] + votes[(int)ListFormat.Unbound];

    private static int Count(ReadOnlySpan<byte> sample, bool isWhole, Span<int> votes, out bool isZone)
    {
        var lines = 0;
        isZone = false;
        while (!sample.IsEmpty && lines < MaxLines && !isZone)
        {
            var length = sample.IndexOf((byte)'\n');
            if (length < 0 && !isWhole)
            {
                break;
            }

            var line = (length < 0 ? sample : sample[..length]).Trim(" \t\r"u8);
            sample = length < 0 ? default : sample[(length + 1)..];
            if (!IsComment(line))
            {
                lines++;
                votes[(int)Classify(line, out isZone)]++;
            }
        }

        return lines;
    }

    private static bool IsComment(ReadOnlySpan<byte> line) => line.IsEmpty || line[0] is (byte)'!' or (byte)';' || line is [(byte)'[', .., (byte)']']
        || line[0] == (byte)'#' && !AdblockFormat.IsCosmetic(line, 0);

    private static ListFormat Classify(ReadOnlySpan<byte> line, out bool isZone)
    {
        isZone = line[0] == (byte)'$';
        if (isZone)
        {
            return ListFormat.Rpz;
        }

        if (line.StartsWith("address=/"u8) || line.StartsWith("local=/"u8) || line.StartsWith("server=/"u8))
        {
            return ListFormat.Dnsmasq;
        }

        if (line.StartsWith("local-zone:"u8) || line.StartsWith("local-data:"u8) || line.SequenceEqual("server:"u8))
        {
            return ListFormat.Unbound;
        }

        var hash = line.IndexOf((byte)'#');
        if (line[0] == (byte)'|' || line.StartsWith("@@"u8) || line.ContainsAny((byte)'^', (byte)'$') || hash >= 0 && AdblockFormat.IsCosmetic(line, hash))
        {
            return ListFormat.Adblock;
        }

        return ClassifyWords(line.BeforeComment((byte)'#').BeforeComment((byte)';'), out isZone);
    }

    private static ListFormat ClassifyWords(ReadOnlySpan<byte> rest, out bool isZone)
    {
        isZone = false;
        var first = Words.TakeWord(ref rest);
        var second = Words.TakeWord(ref rest);
        if (second.IsEmpty)
        {
            var pattern = first.StartsWith("*."u8) ? first[2..] : first.StartsWith("."u8) ? first[1..] : first;
            Span<byte> name = stackalloc byte[ListName.MaxLength];
            return ListName.Normalise(pattern, name, out _) == LineFault.None ? ListFormat.Domains : Unknown;
        }

        if (Words.TryParseAddress(first, out _))
        {
            return ListFormat.Hosts;
        }

        for (var word = second; !word.IsEmpty; word = Words.TakeWord(ref rest))
        {
            isZone = word.Is("SOA"u8);
            if (isZone || word.Is("CNAME"u8) || word.Is("A"u8) || word.Is("AAAA"u8) || word.Is("NS"u8) || word.Is("TXT"u8))
            {
                return ListFormat.Rpz;
            }
        }

        return Unknown;
    }

    private static ListFormat Leader(ReadOnlySpan<int> votes)
    {
        var leader = 1;
        for (var index = 2; index < votes.Length; index++)
        {
            leader = votes[index] > votes[leader] ? index : leader;
        }

        return (ListFormat)leader;
    }

    private static string Describe(ReadOnlySpan<int> votes)
    {
        var seen = new List<string>();
        for (var index = 1; index < votes.Length; index++)
        {
            if (votes[index] > 0)
            {
                seen.Add($"{votes[index]} look like {((ListFormat)index).ToString().ToLowerInvariant()}");
            }
        }

        if (votes[Unknown] > 0)
        {
            seen.Add($"{votes[Unknown]} like no format");
        }

        return string.Join(", ", seen);
    }
}
