// Addresses and ranges that somebody keeps a list of: which entry, if any, an address falls under.

using Eider.Core.Config;
using Eider.Core.Filters;

namespace Eider.Core.Detect;

/// <summary>Ranges in CIDR form, the narrowest of which wins. Immutable and safe to use from any thread.</summary>
public sealed class AddressList
{
    /// <summary>About 40 octets each in memory; the large public lists have some ten thousand.</summary>
    public const int MaxRanges = 250_000;

    public static readonly AddressList Empty = new("", []);

    // Sorted by where ranges begin, wider before narrower; CIDR ranges either nest or do not touch, so every range has one that it lies in, or none.
    private readonly UInt128[] firsts;
    private readonly byte[] lengths;
    private readonly int[] around;

    // Where the ranges of each /16 of IPv4 begin, so that few are looked through for an address; 256 KiB, for lists that are worth it.
    private readonly int[] starts = [];
    private const int BlockCount = 1 << 16;
    private const int WorthBlocks = 256;
    private static readonly UInt128 MappedPrefix = 0xffff; // of IPv4 in IPv6 (RFC 4291 2.5.5.2)

    private AddressList(string name, List<(UInt128 First, byte Length)> ranges)
    {
        Name = name;
        ranges.Sort(static (left, right) => left.First != right.First ? left.First.CompareTo(right.First) : left.Length.CompareTo(right.Length));
        var distinct = ranges.Distinct().ToArray();
        firsts = [.. distinct.Select(static range => range.First)];
        lengths = [.. distinct.Select(static range => range.Length)];
        around = new int[distinct.Length];
        for (var i = 0; i < distinct.Length; i++)
        {
            var outer = i - 1;
            while (outer >= 0 && !Contains(outer, firsts[i]))
            {
                outer = around[outer];
            }

            around[i] = outer;
        }

        starts = distinct.Length < WorthBlocks ? [] : Blocks();
    }

    public string Name { get; }

    public int Count => firsts.Length;

    /// <summary>Reads lines of one address or range each; <c>#</c> and <c>;</c> begin a comment, blank lines are skipped.</summary>
    /// <param name="errors">One for each line that is neither, at most 50; the list is null where there is one.</param>
    public static AddressList? Parse(string text, string name, out IReadOnlyList<ConfigError> errors)
    {
        var draft = new Draft(name);
        var line = 0;
        foreach (var whole in text.AsSpan().EnumerateLines())
        {
            draft.Read(whole, ++line);
        }

        return draft.Finish(out errors);
    }

    /// <summary>The narrowest range with this address, in CIDR form; null where there is none.</summary>
    public string? Find(IpAddress address)
    {
        var at = LastFrom(address.Value);
        while (at >= 0 && !Contains(at, address.Value))
        {
            at = around[at];
        }

        return at < 0 ? null : IpPrefix.Of(new IpAddress(firsts[at]), lengths[at]).ToString();
    }

    /// <summary>The last range that begins at this address or before it, of those that begin at one address the narrowest; -1 where all begin behind.</summary>
    private int LastFrom(UInt128 address)
    {
        var (low, high) = (0, firsts.Length);
        if (starts.Length > 0 && address >> 32 == MappedPrefix)
        {
            var block = (int)((uint)address >> 16);
            (low, high) = (starts[block], starts[block + 1]);
        }

        while (low < high)
        {
            var middle = (low + high) >>> 1;
            if (firsts[middle] <= address)
            {
                low = middle + 1;
            }
            else
            {
                high = middle;
            }
        }

        return low - 1;
    }

    private int[] Blocks()
    {
        var blocks = new int[BlockCount + 1];
        var at = 0;
        for (var block = 0; block <= BlockCount; block++)
        {
            var from = (MappedPrefix << 32) + ((UInt128)(uint)block << 16);
            while (at < firsts.Length && firsts[at] < from)
            {
                at++;
            }

            blocks[block] = at;
        }

        return blocks;
    }

    private bool Contains(int range, UInt128 address) => lengths[range] == 0 || (address ^ firsts[range]) >> (128 - lengths[range]) == 0;

    /// <summary>A list in the making, line by line.</summary>
    internal sealed class Draft(string name)
    {
        private readonly ConfigErrors found = new(name);
        private readonly List<(UInt128 First, byte Length)> ranges = [];
        private bool isFull;

        /// <param name="line">From 1.</param>
        /// <returns>False for a blank line or a comment.</returns>
        public bool Read(ReadOnlySpan<char> whole, int line)
        {
            var comment = whole.IndexOfAny('#', ';');
            var entry = (comment < 0 ? whole : whole[..comment]).Trim();
            if (entry.IsEmpty || isFull)
            {
                return false;
            }

            if (!IpPrefix.TryParse(entry, out var prefix))
            {
                found.Add(new YamlPosition(line, whole.IndexOf(entry[0]) + 1), $"{YamlScalar.Quote(entry.ToString())} is no address or range; write e.g. 192.0.2.7, 198.51.100.0/24 or 2001:db8::/32");
            }
            else if (ranges.Count == MaxRanges)
            {
                found.Add(new YamlPosition(line, 1), $"more than {MaxRanges} ranges; merge neighbours into wider ones");
                isFull = true;
            }
            else
            {
                ranges.Add((prefix.First, (byte)prefix.Length));
            }

            return true;
        }

        public AddressList? Finish(out IReadOnlyList<ConfigError> errors)
        {
            errors = found.ToList();
            return found.Any ? null : new AddressList(name, ranges);
        }
    }
}
