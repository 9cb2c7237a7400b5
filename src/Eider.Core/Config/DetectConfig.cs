// What a user may say about detection, and how it is written.

using System.Collections.Immutable;
using System.Globalization;
using System.Text.Json.Nodes;
using Eider.Core.Detect;
using Eider.Core.Filters;
using Eider.Core.Lists;
using Eider.Core.Policy;
using Eider.Core.Policy.Language;
using NamePattern = Eider.Core.Policy.NamePattern;

namespace Eider.Core.Config;

public sealed record DetectConfig
{
    /// <summary>What `eider alerts mute` writes to where nothing else is configured.</summary>
    public const string DefaultMutes = "/var/lib/eider/mutes.yaml";

    public bool Enabled { get; init; } = true;

    /// <summary>Ids of <see cref="Detections"/> that are not looked for.</summary>
    public ImmutableArray<string> Off { get; init; } = [];

    /// <summary>Files of mutes.</summary>
    public ImmutableArray<string> Mutes { get; init; } = [DefaultMutes];

    /// <summary>Lists of bad addresses; each has the format <see cref="ListFormat.Addresses"/>.</summary>
    public ImmutableArray<DomainListSpec> Addresses { get; init; } = [];

    /// <summary>Folder of their copies.</summary>
    public string Lists { get; init; } = ListStore.DefaultAddressFolder;

    public ImmutableArray<string> InternalZones { get; init; } = [];

    public ImmutableArray<ProtectedName> ProtectedNames { get; init; } = [];

    /// <summary>Null: answers are compared with those of no second resolver.</summary>
    public CrossCheckConfig? CrossCheck { get; init; }

    /// <summary>By value, as records are: two are the same when they are written the same.</summary>
    public bool Equals(DetectConfig? other) => other is not null && ConfigSchema.IsSame("detect", EiderConfig.Default with { Detect = this }, EiderConfig.Default with { Detect = other });

    public override int GetHashCode() => HashCode.Combine(Enabled, Mutes.Length, Addresses.Length, ProtectedNames.Length);
}

/// <param name="Tls">The name in its certificate, where it is asked over TLS; null for UDP and TCP.</param>
/// <param name="QueriesPerSecond">At most, on the mean.</param>
public sealed record CrossCheckConfig(Endpoint Resolver, string? Tls, double QueriesPerSecond)
{
    public const double DefaultQueriesPerSecond = 1;

    /// <summary>RFC 7858 3.1.</summary>
    public const ushort TlsPort = 853;
}

/// <summary>The lists of mappings in a configuration: read as policy files are, written on one line.</summary>
internal static class DetectTypes
{
    private const int MaxEntries = 100;
    private const int MaxZones = 1000;
    private const long KiB = 1L << 10;

    /// <summary>A list of addresses takes 40 octets of memory for each, and has at most <see cref="AddressList.MaxRanges"/>.</summary>
    private const long MaxListSize = 64L << 20;

    public const long DefaultListSize = 32L << 20;

    private const double LeastQueriesPerSecond = 0.01;

    /// <summary>A resolver of somebody else is not to be burdened with more.</summary>
    private const double MostQueriesPerSecond = 100;

    public static readonly ConfigType<ImmutableArray<string>> DetectionIds = ConfigTypes.ListOf(
        "detections", Values.Word([.. Detections.All.Select(static kind => (kind.Id, kind.Id))]), static id => id);

    public static readonly ConfigType<ImmutableArray<string>> Zones = ConfigTypes.ListOf("zones", new Syntax<string>("a zone such as corp.example", Nothing, ReadZone), ConfigTypes.Quoted, MaxZones);

    public static readonly ConfigType<ImmutableArray<DomainListSpec>> AddressLists = ConfigTypes.ListOf(
        "lists, each {name, file or url, sha256, refresh, maxSize}",
        new ObjectSyntax<ListDraft>(
            "a list of addresses",
            [
                Field<ListDraft>.Of("name", Values.ObjectName, "", static (draft, name) => draft with { Spec = draft.Spec with { Name = name } }, required: true),
                Field<ListDraft>.Of("file", Path(), "", static (draft, file) => draft with { File = file }),
                Field<ListDraft>.Of("url", ListSyntax.Url, "", static (draft, url) => draft with { Url = url }),
                Field<ListDraft>.Of("sha256", ListSyntax.Sha256, "", static (draft, digest) => draft with { Sha256 = digest }),
                Field<ListDraft>.Of("refresh", Values.Duration(ListSyntax.MinRefresh, ListSyntax.MaxRefresh), "", static (draft, refresh) => draft with { Spec = draft.Spec with { Refresh = refresh } }),
                Field<ListDraft>.Of("maxSize", Values.Size(KiB, MaxListSize), "", static (draft, size) => draft with { Spec = draft.Spec with { MaxSize = size } }),
            ],
            CheckList).From(ListDraft.At).As(static draft => draft.ToSpec()),
        WriteList,
        unique: static list => list.Name);

    public static readonly ConfigType<ImmutableArray<ProtectedName>> ProtectedNames = ConfigTypes.ListOf(
        "names, each {name, addresses, aliases}",
        new ObjectSyntax<ProtectedName>(
            "a protected name",
            [
                Field<ProtectedName>.Of("name", NamePatternSyntax.Pattern, "", static (target, name) => target with { Name = name }, required: true),
                Field<ProtectedName>.Of("addresses", Values.List("addresses or ranges", Prefix(), MaxEntries, least: 0), "", static (target, list) => target with { Addresses = [.. list.Select(static item => item.Value)] }),
                Field<ProtectedName>.Of("aliases", Values.List("names", NamePatternSyntax.Pattern, MaxEntries, least: 0), "", static (target, list) => target with { Targets = [.. list.Select(static item => item.Value)] }),
            ],
            CheckProtected).From(static _ => new ProtectedName(default, [], [])),
        static name => $"{{name: {ConfigTypes.Quoted(name.Name.ToString())}, addresses: [{string.Join(", ", name.Addresses.Select(static prefix => ConfigTypes.Quoted(prefix.ToString())))}], aliases: [{string.Join(", ", name.Targets.Select(static target => ConfigTypes.Quoted(target.ToString())))}]}}",
        MaxZones,
        unique: static name => name.Name.ToString());

    public static readonly ConfigType<CrossCheckConfig?> CrossCheck = ConfigTypes.Optional(
        "{resolver, tls, queriesPerSecond}",
        new ObjectSyntax<CrossCheckConfig>(
            "a second resolver",
            [
                Field<CrossCheckConfig>.Of("resolver", ServerSyntax.Target, "", static (target, resolver) => target with { Resolver = resolver }, required: true),
                Field<CrossCheckConfig>.Of("tls", new Syntax<string>("the name in the resolver's certificate, such as dns.example", Nothing, ReadHost), "", static (target, name) => target with { Tls = name }),
                Field<CrossCheckConfig>.Of("queriesPerSecond", Values.Number(LeastQueriesPerSecond, MostQueriesPerSecond), "", static (target, rate) => target with { QueriesPerSecond = rate }),
            ],
            AddPort).From(static _ => new CrossCheckConfig(default, null, CrossCheckConfig.DefaultQueriesPerSecond)),
        static check => string.Create(
            CultureInfo.InvariantCulture,
            $"{{resolver: {ConfigTypes.Quoted(check.Resolver.ToString())}{(check.Tls is null ? "" : $", tls: {ConfigTypes.Quoted(check.Tls)}")}, queriesPerSecond: {check.QueriesPerSecond}}}"));

    /// <summary>JSON Schema is made of policies only.</summary>
    internal static JsonObject Nothing() => [];

    internal static Syntax<string> Path() => Values.Scalar<string>(
        ConfigTypes.AbsolutePath.Name, Nothing, static text => text.StartsWith('/') && !text.EndsWith('/') && !text.Any(char.IsControl) ? new ConfigValue<string>(text) : null);

    private static Syntax<IpPrefix> Prefix() => Values.Scalar<IpPrefix>(
        "an address or range such as 192.0.2.7, 198.51.100.0/24 or 2001:db8::/32", Nothing, static text => IpPrefix.TryParse(text, out var prefix) ? new ConfigValue<IpPrefix>(prefix) : null);

    private static ConfigValue<string>? ReadZone(YamlNode node, Diagnostics found)
    {
        if (NamePatternSyntax.Pattern.Read(node, found) is not { } read)
        {
            return null;
        }

        if (read.Value.Suffix)
        {
            found.Error(node.At, $"{node.Found} is no zone, which stands for itself and everything below it", $"did you mean \"{read.Value.Name}\"?");
        }

        return new ConfigValue<string>(read.Value.Name);
    }

    private static ConfigValue<string>? ReadHost(YamlNode node, Diagnostics found)
    {
        var read = NamePatternSyntax.Pattern.Read(node, found);
        if (read is { Value.Suffix: true })
        {
            found.Error(node.At, $"{node.Found} is no host", $"did you mean \"{read.Value.Name}\"?");
        }

        return read is null ? null : new ConfigValue<string>(read.Value.Name);
    }

    /// <summary>An address alone has the port of what it is asked over.</summary>
    private static CrossCheckConfig AddPort(CrossCheckConfig check, YamlMapping mapping, Diagnostics found) =>
        check.Tls is not null && mapping["resolver"] is YamlScalar address && IpAddress.TryParse(address.Text, out _) ? check with { Resolver = check.Resolver with { Port = CrossCheckConfig.TlsPort } } : check;

    private static ListDraft CheckList(ListDraft draft, YamlMapping mapping, Diagnostics found)
    {
        if (mapping["file"] is null == mapping["url"] is null)
        {
            found.Error(mapping.At, mapping["file"] is null ? "the list has no source" : "the list has a file and a URL", "give \"file\" or \"url\"");
        }
        else if (mapping["sha256"] is { } digest && mapping["url"] is null)
        {
            found.Error(digest.At, "\"sha256\" is for a URL", "leave it out; a file is yours to trust");
        }

        return draft;
    }

    private static ProtectedName CheckProtected(ProtectedName name, YamlMapping mapping, Diagnostics found)
    {
        if (mapping["addresses"] is null or YamlList { Items.Count: 0 } && mapping["aliases"] is null or YamlList { Items.Count: 0 })
        {
            found.Error(mapping.At, "a protected name without addresses and aliases expects nothing", "say what it should be answered with");
        }

        return name;
    }

    private static string WriteList(DomainListSpec list) =>
        $"{{name: {ConfigTypes.Quoted(list.Name)}, "
        + (list.Source switch
        {
            FileListSource file => $"file: {ConfigTypes.Quoted(file.Path)}",
            UrlListSource url => $"url: {ConfigTypes.Quoted(url.Url.AbsoluteUri)}{(url.Sha256 is null ? "" : $", sha256: {ConfigTypes.Quoted(url.Sha256)}")}",
            _ => "",
        })
        + $", refresh: {Units.FormatDuration(list.Refresh)}, maxSize: {Units.FormatSize(list.MaxSize)}}}";

    private sealed record ListDraft(DomainListSpec Spec, string? File, Uri? Url, string? Sha256)
    {
        public static ListDraft At(Place place) => new(
            new DomainListSpec { Name = "", Source = new FileListSource(""), Format = ListFormat.Addresses, MaxSize = DefaultListSize, Place = place }, null, null, null);

        public DomainListSpec ToSpec() => Spec with { Source = Url is null ? new FileListSource(File ?? "") : new UrlListSource(Url, Sha256) };
    }
}
