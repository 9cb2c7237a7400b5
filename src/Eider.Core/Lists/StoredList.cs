// What is known of the last good copy of a list; stands as JSON beside the copy.

using System.Text.Json.Serialization;
using Eider.Core.Policy;

namespace Eider.Core.Lists;

/// <summary>Immutable.</summary>
public sealed record StoredList
{
    public required string Name { get; init; }

    /// <summary>A path, or a URL without user and password.</summary>
    public required string Source { get; init; }

    /// <summary>Of the copy, in the list's folder.</summary>
    public required string File { get; init; }

    /// <summary>As it was read; never <see cref="ListFormat.Auto"/>.</summary>
    public required ListFormat Format { get; init; }

    /// <summary>What a plain name stands for.</summary>
    public required ListMatch Match { get; init; }

    /// <summary>Of the copy, which is what the source sent; lower-case hexadecimal.</summary>
    public required string Sha256 { get; init; }

    /// <summary>Of the copy.</summary>
    public required long Octets { get; init; }

    /// <summary>When this content came.</summary>
    public required DateTimeOffset Fetched { get; init; }

    /// <summary>When the source last said that this is its content.</summary>
    public required DateTimeOffset Checked { get; init; }

    /// <summary>As the server wrote it.</summary>
    public string? ETag { get; init; }

    /// <summary>As the server wrote it; of a file, in ISO 8601.</summary>
    public string? LastModified { get; init; }

    public required long Names { get; init; }

    /// <summary>Among the names.</summary>
    public required long Exceptions { get; init; }

    public required long SingleLabels { get; init; }

    /// <summary>What gave no name: counts by <see cref="LineFault"/>.</summary>
    public IReadOnlyDictionary<string, long> Skipped { get; init; } = new Dictionary<string, long>();
}

[JsonSourceGenerationOptions(WriteIndented = true, PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, UseStringEnumConverter = true)]
[JsonSerializable(typeof(StoredList))]
internal sealed partial class StoredListJson : JsonSerializerContext;
