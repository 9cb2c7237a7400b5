// Subjects: one key each that says who is meant.

using System.Globalization;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Eider.Core.Config;

namespace Eider.Core.Policy.Language;

/// <summary>A subject in the making; one of them is given in the end.</summary>
internal sealed record SubjectDraft(Place Place, LabelSelector? Pods = null, LabelSelector? Namespaces = null, Subject? Other = null, UserSubject? User = null);

internal static partial class SubjectSyntax
{
    private const int MaxCgroupPath = 4096;
    private const int MaxUnit = 255;
    private const int MaxUser = 256;
    private const string CgroupMount = "/sys/fs/cgroup";

    private static readonly Syntax<CgroupGlob> Cgroup = Values.Scalar<CgroupGlob>(
        $"a cgroup path below {CgroupMount}, such as /system.slice/nginx*.service",
        () => new JsonObject { ["type"] = "string", ["maxLength"] = MaxCgroupPath, ["pattern"] = "^(/[^/]+)+$" },
        text => IsCgroupPath(text) ? new ConfigValue<CgroupGlob>(new CgroupGlob(text)) : null,
        MendCgroup);

    private static readonly Syntax<string> Unit = Values.Pattern(
        "a unit such as nginx.service or web-*.service", MaxUnit, UnitPattern(),
        text => UnitPattern().IsMatch(text + ".service") ? $"did you mean \"{text}.service\"?" : null);

    private static readonly Syntax<(string? Name, uint? Uid)> User = Values.Scalar<(string?, uint?)>(
        "a user's name or number",
        () => new JsonObject { ["type"] = new JsonArray("string", "integer"), ["minimum"] = 0, ["maximum"] = uint.MaxValue - 1, ["pattern"] = UserPattern().ToString() },
        ParseUser);

    private static readonly Syntax<string> Container = Values.Pattern(
        "12 to 64 hexadecimal digits of a container's id", 64, ContainerPattern(),
        text => text.IndexOf("://", StringComparison.Ordinal) is var scheme and >= 0 && ContainerPattern().IsMatch(text[(scheme + 3)..])
            ? $"did you mean \"{text[(scheme + 3)..]}\"?" : null)
        .As(text => text.ToLowerInvariant());

    public static readonly Syntax<string> PodUid = Values.Pattern(
        "a pod's UID, such as 7f3c1c9e-0d5b-4b0e-9a53-6f0f6f1f8a11", 36, PodUidPattern()).As(text => text.ToLowerInvariant());

    private static readonly Field<SubjectDraft> PodSelector = Field<SubjectDraft>.Of(
        "podSelector", SelectorSyntax.Selector.From(_ => LabelSelector.Everything),
        "Pods by their labels; `{}` means all. In a `DnsPolicy`: those of its namespace.", (target, pods) => target with { Pods = pods });

    private static readonly Field<SubjectDraft> NamespaceSelector = Field<SubjectDraft>.Of(
        "namespaceSelector", SelectorSyntax.Selector.From(_ => LabelSelector.Everything),
        "Pods by the labels of their namespace; together with `podSelector`, both hold. `ClusterDnsPolicy` only.",
        (target, namespaces) => target with { Namespaces = namespaces });

    private static readonly IReadOnlyList<Field<SubjectDraft>> Anywhere =
    [
        Other("cgroup", Cgroup, "A cgroup and everything below it. `*` is any run of characters and `?` one within a component, `**` any number of components.",
            path => new CgroupSubject(path) { Place = default }),
        Other("systemdUnit", Unit, "A unit of the system's service manager: a service or scope, or a slice with everything in it. `*` and `?` as above.",
            unit => new UnitSubject(unit) { Place = default }),
        Field<SubjectDraft>.Of("user", User, "Processes of a user, by name or uid, whatever their workload.",
            (target, user) => target with { User = new UserSubject(user.Name, user.Uid, target.Place) }),
        Other("containerId", Container, "A container by its id, or by the beginning of it.", id => new ContainerSubject(id) { Place = default }),
        Other("podUid", PodUid, "One pod.", uid => new PodUidSubject(uid) { Place = default }),
        Other("all", Values.True, "Everything that runs on the node. In a `DnsPolicy` with a namespace: every pod of that.",
            _ => new AllSubject { Place = default }),
    ];

    public static ObjectSyntax<SubjectDraft> Of(PolicyTier tier) => new(
        "a subject", [PodSelector, .. tier == PolicyTier.Cluster ? [NamespaceSelector] : Array.Empty<Field<SubjectDraft>>(), .. Anywhere], Check)
    {
        Misplaced = tier == PolicyTier.Cluster ? Elsewhere : new Dictionary<string, string>(Elsewhere)
        {
            ["namespaceSelector"] = "a DnsPolicy selects within its own namespace; write a ClusterDnsPolicy to select namespaces",
        },
        Constrain = schema => (schema["minProperties"], schema["maxProperties"]) = (1, tier == PolicyTier.Cluster ? 2 : 1),
    };

    private static readonly Dictionary<string, string> Elsewhere = new()
    {
        ["matchLabels"] = "it goes below \"podSelector\"",
        ["matchExpressions"] = "it goes below \"podSelector\"",
        ["namespace"] = "a policy's namespace is in \"metadata\"",
    };

    private static Field<SubjectDraft> Other<T>(string name, Syntax<T> syntax, string summary, Func<T, Subject> make) =>
        Field<SubjectDraft>.Of(name, syntax, summary, (target, value) => target with { Other = make(value) with { Place = target.Place } });

    private static SubjectDraft Check(SubjectDraft draft, YamlMapping mapping, Diagnostics found)
    {
        var keys = mapping.Entries.Select(entry => entry.Key.Text).ToList();
        if (keys.Count == 0)
        {
            found.Error(mapping.At, "the subject says nothing", "for everything, write {all: true}");
        }
        else if (keys.Count > 1 && !keys.All(key => key is "podSelector" or "namespaceSelector"))
        {
            found.Error(mapping.At, $"a subject has one key, not {string.Join(" and ", keys.Take(4).Select(key => YamlScalar.Quote(key)))}",
                "write a list item for each; any one of them selects");
        }

        return draft;
    }

    /// <summary>"**" only as a whole component.</summary>
    private static bool IsCgroupPath(string text) => text.Length is > 1 and <= MaxCgroupPath && text[0] == '/' && !text.Any(char.IsControl)
        && text[1..].Split('/').All(component => component.Length > 0 && (component == "**" || !component.Contains("**", StringComparison.Ordinal)));

    private static string? MendCgroup(string text)
    {
        var below = text.StartsWith(CgroupMount + "/", StringComparison.Ordinal) ? text[CgroupMount.Length..] : text;
        below = "/" + below.Trim('/');
        return text == "/" ? "for everything, write {all: true}"
            : IsCgroupPath(below) ? $"did you mean {YamlScalar.Quote(below)}?"
            : text.Contains("**", StringComparison.Ordinal) ? "\"**\" is a component of its own, as in /a/**/b"
            : null;
    }

    private static ConfigValue<(string? Name, uint? Uid)>? ParseUser(string text)
    {
        if (text.All(char.IsAsciiDigit))
        {
            // The last uid stands for "none" (chown(2)).
            return uint.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var uid) && uid != uint.MaxValue
                ? new ConfigValue<(string?, uint?)>((null, uid)) : null;
        }

        return text.Length <= MaxUser && UserPattern().IsMatch(text) && !text.EndsWith('\n') ? new ConfigValue<(string?, uint?)>((text, null)) : null;
    }

    [GeneratedRegex(@"^([^/\s]*\*|[^/\s]+\.(service|scope|slice|socket|mount|swap))$")]
    private static partial Regex UnitPattern();

    // What the files of passwd(5) can hold.
    [GeneratedRegex(@"^[^\s:/\x00-\x1f-][^\s:/\x00-\x1f]*$")]
    private static partial Regex UserPattern();

    [GeneratedRegex("^[0-9a-fA-F]{12,64}$")]
    private static partial Regex ContainerPattern();

    [GeneratedRegex("^([0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}|[0-9a-fA-F]{32})$")]
    private static partial Regex PodUidPattern();
}
