// Policy files that are accepted: every key, every default, several documents, files and folders.

using Eider.Core;
using Eider.Core.Decode;
using Eider.Core.Policy;
using Xunit;
using static Eider.Tests.Policy.Language.Reading;

namespace Eider.Tests.Policy.Language;

public sealed class PolicyFileTests
{
    private const string Everything = """
        apiVersion: eider.dev/v1alpha1
        kind: DnsPolicy
        metadata: {name: web, namespace: shop, labels: {team: web}, annotations: {note: "any text: at all"}}
        spec:
          subjects:
            - podSelector: {matchLabels: {app: web}}
            - cgroup: "/system.slice/nginx*.service"
            - systemdUnit: nginx.service
            - user: www-data
            - user: 1000
            - containerId: 0123456789ABcdef
            - podUid: 7F3C1C9E-0d5b-4b0e-9a53-6f0f6f1f8a11
          mode: audit
          default: deny
          reply: {kind: refused, extendedError: 18}
          rules:
            - {action: deny, names: ["evil.example", "*.evil.example"], types: [A, aaaa, TYPE65, 16]}
            - {action: deny, lists: [threat-intel], reply: {kind: sinkhole, v4: 192.0.2.1, v6: "2001:db8::1"}}
            - {action: allow, names: ["*.svc.cluster.local"]}
          resolvers: [10.96.0.10, 10.0.0.53, "2001:db8::53"]
          redirect: "10.0.0.53:5353"
          rateLimit: {queriesPerSecond: 0.5, burst: 100, per: process, over: truncate}
          answers: {forged: drop, rebinding: deny, holdOn: on}
        ---
        apiVersion: eider.dev/v1alpha1
        kind: DomainList
        metadata: {name: threat-intel}
        spec: {source: {file: lists/tif.txt}, format: adblock, refresh: 1h, maxSize: 10MiB, match: exact}
        ---
        kind: ClusterDnsPolicy
        apiVersion: eider.dev/v1alpha1
        spec:
          redirect: {v4: 10.0.0.53, v6: "[2001:db8::53]:54"}
          rules: [{names: [corp.example], action: pass}]
          subjects: [{namespaceSelector: {matchExpressions: [{key: tier, operator: NotIn, values: [system]}]}, podSelector: {}}]
        metadata: {name: all-pods}
        """;

    [Fact]
    public void Every_key_reaches_the_policy()
    {
        var policy = Accepted(Everything).Policies[0];

        Assert.Equal((PolicyTier.Namespace, "web", "shop", "shop/web"), (policy.Tier, policy.Name, policy.Namespace, policy.FullName));
        Assert.Equal(new Place(Name, 1, 1), policy.Place);
        Assert.Equal((PolicyMode.Audit, PolicyAction.Deny), (policy.Mode, policy.Default));
        Assert.Equal(new Reply(ReplyKind.Refused, ExtendedError: 18), policy.Reply);
        Assert.Equal([Ip("10.96.0.10"), Ip("10.0.0.53"), Ip("2001:db8::53")], policy.Resolvers);
        Assert.Equal(new Redirect(new Endpoint(Ip("10.0.0.53"), 5353), null), policy.Redirect);
        Assert.Equal(new RateLimit(0.5, 100, RatePer.Process, new Reply(ReplyKind.Truncate)), policy.RateLimit);
        Assert.Equal(new AnswersSpec(ForgedAnswers.Drop, RebindingAnswers.Deny, AliasAnswers.Deny, HoldOn: true), policy.Answers);
    }

    [Fact]
    public void Every_subject_reaches_the_policy()
    {
        var policy = Accepted(Everything).Policies[0];

        var pods = Assert.IsType<PodSubject>(policy.Subjects[0]);
        Assert.Equal((new Place(Name, 6, 7), "app"), (pods.Place, Assert.Single(pods.Pods.Requirements).Key));
        Assert.Equal("/system.slice/nginx*.service", Assert.IsType<CgroupSubject>(policy.Subjects[1]).Path.Pattern);
        Assert.Equal(new UnitSubject("nginx.service") { Place = new Place(Name, 8, 7) }.Pattern, Assert.IsType<UnitSubject>(policy.Subjects[2]).Pattern);
        Assert.Equal("0123456789abcdef", Assert.IsType<ContainerSubject>(policy.Subjects[3]).Prefix);
        Assert.Equal("7f3c1c9e-0d5b-4b0e-9a53-6f0f6f1f8a11", Assert.IsType<PodUidSubject>(policy.Subjects[4]).Uid);
        Assert.Equal([("www-data", null), (null, 1000u)], policy.Users.Select(user => (user.Name, user.Uid)));
    }

    [Fact]
    public void Every_rule_reaches_the_policy()
    {
        var rules = Accepted(Everything).Policies[0].Rules;

        Assert.Equal([PolicyAction.Deny, PolicyAction.Deny, PolicyAction.Allow], rules.Select(rule => rule.Action));
        Assert.Equal([new NamePattern("evil.example", false), new NamePattern("evil.example", true)], rules[0].Names);
        Assert.Equal([new Place(Name, 17, 30), new Place(Name, 17, 46)], rules[0].NamePlaces);
        Assert.Equal([RecordType.A, RecordType.AAAA, RecordType.HTTPS, RecordType.TXT], rules[0].Types);
        Assert.Null(rules[0].Reply);
        Assert.Equal(["threat-intel"], rules[1].Lists);
        Assert.Equal(new Reply(ReplyKind.Sinkhole, Ip("192.0.2.1"), Ip("2001:db8::1")), rules[1].Reply);
        Assert.Equal([new NamePattern("svc.cluster.local", true)], rules[2].Names);
    }

    [Fact]
    public void Every_kind_of_document_is_read_in_any_order_of_keys()
    {
        var set = Accepted(Everything);

        var list = Assert.Single(set.Lists);
        Assert.Equal(("threat-intel", new FileListSource("policies/lists/tif.txt"), ListFormat.Adblock), (list.Name, list.Source, list.Format));
        Assert.Equal((TimeSpan.FromHours(1), 10L << 20, ListMatch.Exact), (list.Refresh, list.MaxSize, list.Match));
        var cluster = set.Policies[1];
        Assert.Equal((PolicyTier.Cluster, "all-pods", null, PolicyAction.Pass), (cluster.Tier, cluster.Name, cluster.Namespace, cluster.Rules[0].Action));
        Assert.Equal(new Redirect(new Endpoint(Ip("10.0.0.53"), 53), new Endpoint(Ip("2001:db8::53"), 54)), cluster.Redirect);
        Assert.Equal(LabelOperator.NotIn, Assert.Single(Assert.IsType<PodSubject>(Assert.Single(cluster.Subjects)).Namespaces!.Requirements).Operator);
    }

    [Fact]
    public void Policy_of_few_words_has_the_defaults()
    {
        var policy = OnlyPolicy(Spec("rateLimit: {queriesPerSecond: 2.5}"));

        Assert.Equal((PolicyMode.Enforce, PolicyAction.Allow, Reply.Nxdomain), (policy.Mode, policy.Default, policy.Reply));
        Assert.Equal((0, 0, null, AnswersSpec.None), (policy.Rules.Count, policy.Resolvers.Count, policy.Redirect, policy.Answers));
        Assert.Equal(new RateLimit(2.5, 3, RatePer.Workload, Reply.Refused), policy.RateLimit);
        Assert.IsType<AllSubject>(Assert.Single(policy.Subjects));
    }

    [Fact]
    public void List_of_few_words_has_the_defaults()
    {
        var list = Assert.Single(Accepted("""
            {"apiVersion": "eider.dev/v1alpha1", "kind": "DomainList", "metadata": {"name": "ads"}, "spec": {"source": {"url": "https://lists.example/ads"}}}
            """).Lists);

        Assert.Equal(new UrlListSource(new Uri("https://lists.example/ads"), null), list.Source);
        Assert.Equal((ListFormat.Auto, DomainListSpec.DefaultRefresh, DomainListSpec.DefaultMaxSize, ListMatch.Subdomains), (list.Format, list.Refresh, list.MaxSize, list.Match));
    }

    [Theory]
    [InlineData("/etc/lists/x", "/etc/lists/x")]
    [InlineData("x", "policies/x")]
    [InlineData("../x", "policies/../x")]
    public void Lists_file_is_relative_to_the_policys_folder(string written, string path)
    {
        var text = "apiVersion: eider.dev/v1alpha1\nkind: DomainList\nmetadata: {name: x}\nspec: {source: {file: " + written + "}}";
        Assert.Equal(new FileListSource(path), Assert.Single(Accepted(text).Lists).Source);
    }

    [Theory]
    [InlineData("")]
    [InlineData("# nothing\n")]
    [InlineData("---\n---\n")]
    public void File_that_says_nothing_is_told(string text) => Assert.Equal([$"{Name}: warning: says nothing"], Warnings(text));

    private static IpAddress Ip(string text) => IpAddress.TryParse(text, out var address) ? address : throw new ArgumentException(text);
}
