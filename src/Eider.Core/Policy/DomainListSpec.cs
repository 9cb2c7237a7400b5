// A list as it was written: where its names, or addresses, come from and how they are read.

namespace Eider.Core.Policy;

public enum ListFormat : byte
{
    Auto,
    Hosts,
    Domains,
    Adblock,
    Rpz,
    Dnsmasq,
    Unbound,

    /// <summary>Addresses and ranges in place of names: not for policies, but fetched and kept as their lists are.</summary>
    Addresses,
}

/// <summary>What a plain name of the list stands for, where the list's format leaves that open.</summary>
public enum ListMatch : byte
{
    /// <summary>The name and everything below it.</summary>
    Subdomains,

    Exact,
}

/// <summary>Immutable.</summary>
public sealed record DomainListSpec
{
    public static readonly TimeSpan DefaultRefresh = TimeSpan.FromHours(6);

    /// <summary>Octets.</summary>
    public const long DefaultMaxSize = 256L << 20;

    public required string Name { get; init; }

    public required ListSource Source { get; init; }

    public ListFormat Format { get; init; } = ListFormat.Auto;

    /// <summary>Between looks at the source.</summary>
    public TimeSpan Refresh { get; init; } = DefaultRefresh;

    /// <summary>Octets of the source, unpacked, that are read at most.</summary>
    public long MaxSize { get; init; } = DefaultMaxSize;

    public ListMatch Match { get; init; } = ListMatch.Subdomains;

    /// <summary>Names that the list does not hold, whatever its source says.</summary>
    public IReadOnlyList<NamePattern> Except { get; init; } = [];

    /// <summary>Of the document.</summary>
    public required Place Place { get; init; }

    /// <summary>Formats that lists of names are written in.</summary>
    public static IReadOnlyList<ListFormat> NameFormats { get; } = [.. Enum.GetValues<ListFormat>().Where(static format => format != ListFormat.Addresses)];

    /// <summary>Whether a list may be called so: what Kubernetes accepts as the name of an object.</summary>
    public static bool IsName(string text) => Language.Values.IsObjectName(text);
}

public abstract record ListSource
{
    private protected ListSource()
    {
    }
}

/// <param name="Path">Relative names are taken from the folder of the policy file; this is the result.</param>
public sealed record FileListSource(string Path) : ListSource;

/// <param name="Url">http or https.</param>
/// <param name="Sha256">64 lower-case hexadecimal digits that the content must have; null: any content.</param>
public sealed record UrlListSource(Uri Url, string? Sha256) : ListSource;
