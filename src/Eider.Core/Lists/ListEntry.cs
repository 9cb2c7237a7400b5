// One name of a list, as every format says it: the item that the reader hands to whoever compiles, counts or searches lists.

namespace Eider.Core.Lists;

/// <summary>Which names an entry speaks of.</summary>
[Flags]
public enum NameMatch : byte
{
    /// <summary>The name itself.</summary>
    Exact = 1,

    /// <summary>Every name below it, at any depth.</summary>
    Below = 2,

    /// <summary>The name and everything below it; <c>match: subdomains</c> of a list.</summary>
    Both = Exact | Below,
}

public enum ListAction : byte
{
    Block,

    /// <summary>An exception: what the list does not want blocked.</summary>
    Allow,
}

/// <summary>What the list itself wants a blocked query answered with.</summary>
public enum ListReply : byte
{
    /// <summary>The list does not say.</summary>
    Unspecified,
    NxDomain,
    NoData,
    Refused,

    /// <summary><see cref="ListEntry.Sinkhole"/> says with which address.</summary>
    Sinkhole,
    Truncate,
    Drop,
}

/// <summary>What stands beside the name.</summary>
/// <param name="Important">Stands above exceptions (AdBlock's <c>$important</c>).</param>
/// <param name="Sinkhole">Of one family; a list that has both gives two entries. Null unless the reply is a sinkhole.</param>
public readonly record struct EntryTerms(NameMatch Match, ListAction Action = ListAction.Block, bool Important = false, ListReply Reply = ListReply.Unspecified, IpAddress? Sinkhole = null);

/// <summary>Valid until the reader's next call.</summary>
public readonly ref struct ListEntry
{
    private readonly EntryTerms _terms;

    internal ListEntry(ReadOnlySpan<byte> name, scoped in EntryTerms terms, long line)
    {
        Name = name;
        _terms = terms;
        Line = line;
    }

    /// <summary>Labels joined by dots, in lower case, A-labels, without a final dot: 1 to 253 octets.</summary>
    public ReadOnlySpan<byte> Name { get; }

    public NameMatch Match => _terms.Match;

    public ListAction Action => _terms.Action;

    public bool IsImportant => _terms.Important;

    public ListReply Reply => _terms.Reply;

    public IpAddress? Sinkhole => _terms.Sinkhole;

    /// <summary>In the file, from 1.</summary>
    public long Line { get; }

    /// <summary>Whether the entry speaks of <paramref name="name"/>, which is written as <see cref="Name"/> is.</summary>
    public bool Covers(ReadOnlySpan<byte> name)
    {
        if (!name.EndsWith(Name))
        {
            return false;
        }

        return name.Length == Name.Length
            ? (Match & NameMatch.Exact) != 0
            : (Match & NameMatch.Below) != 0 && name[^(Name.Length + 1)] == (byte)'.';
    }
}
