// The DomainList kind.

using System.Diagnostics.CodeAnalysis;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Eider.Core.Config;

namespace Eider.Core.Policy.Language;

internal static partial class ListSyntax
{
    private const long KiB = 1L << 10;
    private const long GiB = 1L << 30;
    private const int MaxUrl = 2048;
    private const int MaxPath = 4096;
    private const int MaxExceptions = 10_000;

    internal static readonly TimeSpan MinRefresh = TimeSpan.FromMinutes(1);
    internal static readonly TimeSpan MaxRefresh = TimeSpan.FromDays(365);

    private static readonly Syntax<string> Path = Values.Scalar<string>(
        "the path of a file",
        () => new JsonObject { ["type"] = "string", ["minLength"] = 1, ["maxLength"] = MaxPath },
        text => text.Length is > 0 and <= MaxPath && !text.Any(char.IsControl) && !text.Contains("://", StringComparison.Ordinal) ? new ConfigValue<string>(text) : null,
        text => text.Contains("://", StringComparison.Ordinal) ? "an address on the web goes to \"url\"" : null);

    internal static readonly Syntax<Uri> Url = Values.Scalar<Uri>(
        "an http or https URL",
        () => new JsonObject { ["type"] = "string", ["maxLength"] = MaxUrl, ["pattern"] = "^https?://" },
        text => IsUrl(text, out var url) ? new ConfigValue<Uri>(url) : null);

    internal static readonly Syntax<string> Sha256 = Values.Pattern("64 hexadecimal digits", 64, Sha256Pattern()).As(text => text.ToLowerInvariant());

    public static readonly ObjectSyntax<SourceDraft> Source = new(
        "a source",
        [
            Field<SourceDraft>.Of("file", Path, "A file; relative to the folder of the policy file.", (target, file) => target with { File = file }),
            Field<SourceDraft>.Of("url", Url, "An http or https URL.", (target, url) => target with { Url = url }),
            Field<SourceDraft>.Of("sha256", Sha256, "Digest that the content of `url` must have.", (target, digest) => target with { Sha256 = digest }),
        ],
        CheckSource)
    {
        Constrain = schema => schema["oneOf"] = new JsonArray(
            new JsonObject { ["required"] = new JsonArray("file") }, new JsonObject { ["required"] = new JsonArray("url") }),
    };

    public static readonly ObjectSyntax<DomainListSpec> Spec = new(
        "the spec of a DomainList",
        [
            Field<DomainListSpec>.Of("source", Source.From(place => new SourceDraft(place.File, null, null, null)), "Where the names come from.",
                (target, source) => target with { Source = source.ToSource() }, required: true),
            Field<DomainListSpec>.Of("format", Values.Word([.. DomainListSpec.NameFormats.Select(format => (Values.WordOf(format), format))]), "How the source is written; `auto` goes by its content.",
                (target, format) => target with { Format = format }, fallback: Values.WordOf(ListFormat.Auto)),
            Field<DomainListSpec>.Of("refresh", Values.Duration(MinRefresh, MaxRefresh), "Time between looks at the source.",
                (target, refresh) => target with { Refresh = refresh }, fallback: Units.FormatDuration(DomainListSpec.DefaultRefresh)),
            Field<DomainListSpec>.Of("maxSize", Values.Size(KiB, 4 * GiB), "A larger source is refused, and the last good copy kept.",
                (target, size) => target with { MaxSize = size }, fallback: Units.FormatSize(DomainListSpec.DefaultMaxSize)),
            Field<DomainListSpec>.Of("match", Values.Word<ListMatch>(), "What a plain name stands for: itself and everything below, or itself alone.",
                (target, match) => target with { Match = match }, fallback: Values.WordOf(ListMatch.Subdomains)),
            Field<DomainListSpec>.Of("except", Values.List("names", NamePatternSyntax.Pattern, MaxExceptions), "Names that the list does not hold, whatever its source says.",
                (target, names) => target with { Except = [.. names.Select(name => name.Value).Distinct()] }),
        ])
    {
        Misplaced = new Dictionary<string, string> { ["file"] = "it goes below \"source\"", ["url"] = "it goes below \"source\"", ["names"] = "names in a policy go into its rules" },
    };

    internal static bool IsUrl(string text, [NotNullWhen(true)] out Uri? url)
    {
        url = null;
        return text.Length <= MaxUrl && Uri.TryCreate(text, UriKind.Absolute, out url) && url.Scheme is "http" or "https" && url.Host.Length > 0;
    }

    private static SourceDraft CheckSource(SourceDraft source, YamlMapping mapping, Diagnostics found)
    {
        if (mapping["file"] is null == mapping["url"] is null)
        {
            found.Error(mapping.At, mapping["file"] is null ? "the source is missing" : "the source is a file or a URL, not both", "give \"file\" or \"url\"");
        }
        else if (mapping["sha256"] is { } digest && mapping["url"] is null)
        {
            found.Error(digest.At, "\"sha256\" is for a URL", "leave it out; a file is yours to trust");
        }

        return source;
    }

    [GeneratedRegex("^[0-9A-Fa-f]{64}$")]
    private static partial Regex Sha256Pattern();
}

/// <param name="PolicyFile">The file in which the source is written.</param>
internal sealed record SourceDraft(string PolicyFile, string? File, Uri? Url, string? Sha256)
{
    public ListSource ToSource() => Url is not null
        ? new UrlListSource(Url, Sha256)
        : new FileListSource(Path.Combine(Path.GetDirectoryName(PolicyFile) ?? "", File ?? ""));
}
