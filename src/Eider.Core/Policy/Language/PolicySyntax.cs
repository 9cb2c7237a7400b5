// The documents: what every kind has, and the spec of a policy.

using System.Text.Json.Nodes;
using Eider.Core.Config;

namespace Eider.Core.Policy.Language;

internal static class PolicySyntax
{
    public const string ApiVersion = "eider.dev/v1alpha1";

    public const string NamespaceKind = "DnsPolicy";

    public const string ClusterKind = "ClusterDnsPolicy";

    public const string ListKind = "DomainList";

    private const int MaxSubjects = 1024;
    private const int MaxRules = 4096;

    // "namespace" is here for the kinds that have none; those that have one know it as a field.
    private static readonly string[] WrittenByKubernetes =
        ["namespace", "uid", "resourceVersion", "generation", "creationTimestamp", "deletionTimestamp", "managedFields", "ownerReferences", "finalizers", "selfLink", "generateName"];

    public static readonly ObjectSyntax<DnsPolicy> NamespaceSpec = Spec(PolicyTier.Namespace);

    public static readonly ObjectSyntax<DnsPolicy> ClusterSpec = Spec(PolicyTier.Cluster);

    public static readonly ObjectSyntax<DnsPolicy> NamespacePolicy = Document(
        NamespaceKind,
        [
            Field<DnsPolicy>.Of("name", Values.ObjectName, "Of the policy, as verdicts show it.", (target, name) => target with { Name = name }, required: true),
            Field<DnsPolicy>.Of("namespace", Values.NamespaceName, "Pods of other namespaces are never selected. Left out on a host without pods.",
                (target, name) => target with { Namespace = name }),
        ],
        NamespaceSpec,
        PolicyChecks.Complete);

    public static readonly ObjectSyntax<DnsPolicy> ClusterPolicy = Document(
        ClusterKind,
        [Field<DnsPolicy>.Of("name", Values.ObjectName, "Of the policy, as verdicts show it.", (target, name) => target with { Name = name }, required: true)],
        ClusterSpec,
        PolicyChecks.Complete);

    public static readonly ObjectSyntax<DomainListSpec> DomainList = Document(
        ListKind,
        [Field<DomainListSpec>.Of("name", Values.ObjectName, "By which rules name the list.", (target, name) => target with { Name = name }, required: true)],
        ListSyntax.Spec);

    private static ObjectSyntax<DnsPolicy> Spec(PolicyTier tier) => new(
        $"the spec of a {(tier == PolicyTier.Cluster ? ClusterKind : NamespaceKind)}",
        [
            Field<DnsPolicy>.Of("subjects", Values.List("subjects", SubjectSyntax.Of(tier).From(place => new SubjectDraft(place)), MaxSubjects),
                "Whom the policy is for. Any one that matches selects.", WithSubjects, required: true),
            Field<DnsPolicy>.Of("mode", Values.Word([(Values.WordOf(PolicyMode.Enforce), PolicyMode.Enforce), (Values.WordOf(PolicyMode.Audit), PolicyMode.Audit)],
                    new Dictionary<string, string> { ["block"] = "enforce", ["log"] = "audit", ["monitor"] = "audit", ["observe"] = "audit", ["dryrun"] = "audit" }),
                "`audit` records what `enforce` would have done, and does nothing.",
                (target, mode) => target with { Mode = mode }, fallback: Values.WordOf(Nothing.Mode)),
            Field<DnsPolicy>.Of("default", Values.Word([("allow", PolicyAction.Allow), ("deny", PolicyAction.Deny)], RuleSyntax.Synonyms),
                "Of names that no rule of any selecting policy matches. One selecting policy that says deny is enough.",
                (target, action) => target with { Default = action }, fallback: Values.WordOf(Nothing.Default)),
            Field<DnsPolicy>.Of("reply", ServerSyntax.Reply, "What this policy's denials are answered.",
                (target, reply) => target with { Reply = reply }, fallback: $"{{kind: {Values.WordOf(Nothing.Reply.Kind)}}}"),
            Field<DnsPolicy>.Of("rules", Values.List("rules", RuleSyntax.Of(tier).From(place => new PolicyRule { Action = PolicyAction.Allow, Place = place }), MaxRules),
                "Names and lists, and what becomes of queries for them. Their order means nothing.",
                (target, rules) => target with { Rules = [.. rules.Select(rule => rule.Value)] }),
            Field<DnsPolicy>.Of("resolvers", ServerSyntax.Resolvers, "The only servers that may be asked.",
                (target, servers) => target with { Resolvers = [.. servers.Select(server => server.Value).Distinct()] }, fallback: "any server"),
            Field<DnsPolicy>.Of("otherPorts", Values.Word([.. Enum.GetValues<OtherPorts>().Select(ports => (Values.WordOf(ports), ports))],
                    new Dictionary<string, string> { ["allow"] = "ignore", ["off"] = "ignore", ["alert"] = "watch", ["audit"] = "watch", ["deny"] = "judge", ["on"] = "judge" }),
                "Queries in the clear on ports that are none of DNS: not looked for, shown, or judged as on its ports.",
                (target, ports) => target with { OtherPorts = ports }, fallback: Values.WordOf(Nothing.OtherPorts)),
            Field<DnsPolicy>.Of("redirect", ServerSyntax.Redirect, "A server that is asked in place of any other, without the asker noticing.",
                (target, redirect) => target with { Redirect = redirect }),
            Field<DnsPolicy>.Of("rateLimit", ServerSyntax.RateLimit, "How often may be asked.", (target, rate) => target with { RateLimit = rate }),
            Field<DnsPolicy>.Of("answers", ServerSyntax.Answers, "What is made of answers.", (target, answers) => target with { Answers = answers }),
            Field<DnsPolicy>.Of("respond", RespondSyntax.Responses, "What is done about alerts, for a time.",
                (target, responses) => target with { Respond = [.. responses.Select(response => response.Value)] }),
        ],
        PolicyChecks.CheckSpec)
    {
        Misplaced = new Dictionary<string, string>
        {
            ["names"] = "names go into a rule: {action: deny, names: […]}",
            ["lists"] = "lists go into a rule: {action: deny, lists: […]}",
            ["action"] = "the action for names that no rule matches is \"default\"",
            ["podSelector"] = "it goes below \"subjects\"",
        },
    };

    private static DnsPolicy Nothing => new() { Tier = PolicyTier.Namespace, Name = "", Place = default };

    private static DnsPolicy WithSubjects(DnsPolicy policy, IReadOnlyList<Placed<SubjectDraft>> drafts) => policy with
    {
        Subjects = [.. drafts.Select(draft => draft.Value).Select(Selecting).OfType<Subject>()],
        Users = [.. drafts.Select(draft => draft.Value.User).OfType<UserSubject>()],
    };

    private static Subject? Selecting(SubjectDraft draft) => draft.Pods is null && draft.Namespaces is null
        ? draft.Other
        : new PodSubject(draft.Pods ?? LabelSelector.Everything, draft.Namespaces) { Place = draft.Place };

    private static ObjectSyntax<T> Document<T>(
        string kind, IReadOnlyList<Field<T>> metadata, ObjectSyntax<T> spec, Func<T, YamlMapping, Diagnostics, T>? check = null) => new(
        $"a {kind}",
        [
            Constant<T>("apiVersion", ApiVersion, "Version of this language."),
            Constant<T>("kind", kind, "What the document is."),
            Field<T>.Section("metadata", Metadata(kind, metadata), "How the document is called."),
            Field<T>.Section("spec", spec, "What it says."),
        ],
        check)
        {
            Misplaced = new Dictionary<string, string> { ["status"] = "it is written by Kubernetes; leave it out", ["name"] = "it goes below \"metadata\"", ["namespace"] = "it goes below \"metadata\"" },
        };

    private static ObjectSyntax<T> Metadata<T>(string kind, IReadOnlyList<Field<T>> own) => new(
        $"the metadata of a {kind}",
        [
            .. own,
            Field<T>.Of("labels", SelectorSyntax.Labels, "Means nothing to Eider.", (target, _) => target),
            Field<T>.Of("annotations", SelectorSyntax.Annotations, "Means nothing to Eider.", (target, _) => target),
        ])
    {
        Misplaced = WrittenByKubernetes.ToDictionary(key => key, key => key == "namespace"
            ? $"a {kind} stands for the whole cluster; leave it out{(kind == ClusterKind ? $", or write a {NamespaceKind}" : "")}"
            : "it is written by Kubernetes; leave it out"),
    };

    private static Field<T> Constant<T>(string name, string value, string summary) =>
        Field<T>.Of(name, Values.Word([(value, value)]), summary, (target, _) => target, required: true);
}
