// Every mistake at its place, with its mend; and contradictions within and between policies.

using Eider.Core.Policy;
using Xunit;
using static Eider.Tests.Policy.Language.Reading;

namespace Eider.Tests.Policy.Language;

public sealed class MistakeTests
{
    [Theory]
    // Unknown and misplaced keys.
    [InlineData("otherPorts: all", "6:15: expected one of ignore, watch, judge, found \"all\"")]
    [InlineData("otherPorts: deny", "6:15: expected one of ignore, watch, judge, found \"deny\"; did you mean \"judge\"?")]
    [InlineData("modus: audit", "6:3: unknown key \"modus\" in the spec of a DnsPolicy; known are subjects, mode, default, reply, rules, resolvers, otherPorts, redirect, rateLimit, answers, respond")]
    [InlineData("rateLimits: {}", "6:3: unknown key \"rateLimits\" in the spec of a DnsPolicy; did you mean \"rateLimit\"?")]
    [InlineData("names: [a.b]", "6:3: \"names\" has no place in the spec of a DnsPolicy; names go into a rule: {action: deny, names: […]}")]
    [InlineData("rules: [{acton: deny, names: [a.b]}]", "6:12: unknown key \"acton\" in a rule; did you mean \"action\"?")]
    [InlineData("rules: [{action: deny, name: [a.b]}]", "6:26: \"name\" has no place in a rule; write \"names\", which is a list")]
    // Words.
    [InlineData("mode: enforced", "6:9: expected one of enforce, audit, found \"enforced\"; did you mean \"enforce\"?")]
    [InlineData("mode: log", "6:9: expected one of enforce, audit, found \"log\"; did you mean \"audit\"?")]
    [InlineData("mode:", "6:8: expected one of enforce, audit, found nothing")]
    [InlineData("default: pass", "6:12: expected one of allow, deny, found \"pass\"")]
    [InlineData("default: block", "6:12: expected one of allow, deny, found \"block\"; did you mean \"deny\"?")]
    [InlineData("rules: [{action: blok, names: [a.b]}]", "6:20: expected one of allow, deny, found \"blok\"")]
    [InlineData("rules: [{action: dney, names: [a.b]}]", "6:20: expected one of allow, deny, found \"dney\"; did you mean \"deny\"?")]
    [InlineData("rules: [{action: pass, names: [a.b]}]", "6:20: only a ClusterDnsPolicy can pass a name on; in a DnsPolicy, write allow or deny, or leave the rule out")]
    // Rules.
    [InlineData("rules: {action: deny}", "6:10: expected a list of 1 to 4096 rules, found a mapping; begin it with \"- \", or put it in [ and ]")]
    [InlineData("rules: [{names: [a.b]}]", "6:11: \"action\" is missing in a rule; it is one of allow, deny")]
    [InlineData("rules: [{action: deny}]", "6:11: the rule has neither names nor lists nor types; for all other names there is \"default\" below \"spec\"")]
    [InlineData("rules: [{action: deny, names: a.b}]", "6:33: expected a list of 1 to 10000 names, found \"a.b\"; put it in [ and ]")]
    [InlineData("rules: [{action: deny, names: []}]", "6:33: expected a list of 1 to 10000 names, found an empty list")]
    [InlineData("rules: [{action: deny, names: [*.a.b]}]", "6:34: \"*.a.b\" is an alias to YAML, and aliases are not used here; put it in quotes, or write the value out")]
    [InlineData("rules: [{action: deny, names: [a.b], types: [AAA]}]", "6:48: expected a record type such as AAAA, TYPE65 or 65, found \"AAA\"; did you mean \"AAAA\"?")]
    [InlineData("rules: [{action: deny, names: [a.b], types: [0]}]", "6:48: expected a record type such as AAAA, TYPE65 or 65, found \"0\"")]
    [InlineData("rules: [{action: deny, names: [a.b], types: [65536]}]", "6:48: expected a record type such as AAAA, TYPE65 or 65, found \"65536\"")]
    [InlineData("rules: [{action: deny, names: [a.b], types: ['*']}]", "6:48: expected a record type such as AAAA, TYPE65 or 65, found \"*\"; leave \"types\" out for every type")]
    [InlineData("rules: [{action: deny, lists: [ads]}]", "6:34: there is no DomainList \"ads\"; add a document with kind: DomainList and this name")]
    [InlineData("rules: [{action: allow, names: [a.b], reply: {kind: refused}}]", "6:48: a rule that says allow replies nothing; leave the reply out, or write action: deny")]
    // Contradictions.
    [InlineData("rules: [{action: deny, names: [a.b]}, {action: allow, names: [A.B]}]", "6:65: the name \"a.b\" has allow here and deny at policies/web.yaml:6:34; leave one out")]
    [InlineData("rules: [{action: allow, names: ['*.a.b'], types: [A]}, {action: deny, names: ['*.a.b'], types: [A, MX]}]", "6:81: the name \"*.a.b\" has deny here and allow at policies/web.yaml:6:35; leave one out")]
    [InlineData("rules: [{action: deny, types: [ANY]}, {action: allow, types: [ANY]}]", "6:41: the rule for every name has allow here and deny at policies/web.yaml:6:11; leave one out")]
    // Replies.
    [InlineData("reply: refused", "6:10: expected a reply with kind, v4, v6, extendedError, found \"refused\"; did you mean {kind: refused}?")]
    [InlineData("reply: {kind: sinkhol}", "6:17: expected one of nxdomain, nodata, refused, sinkhole, truncate, drop, found \"sinkhol\"; did you mean \"sinkhole\"?")]
    [InlineData("reply: {kind: sinkhole}", "6:10: a sinkhole needs an address; give \"v4\", \"v6\" or both")]
    [InlineData("reply: {kind: drop, v4: 192.0.2.1}", "6:27: the reply \"drop\" has no address; write kind: sinkhole to answer with one")]
    [InlineData("reply: {kind: sinkhole, v4: '::1'}", "6:31: expected an IPv4 address, found \"::1\"")]
    [InlineData("reply: {kind: sinkhole, v6: '::ffff:192.0.2.1'}", "6:31: expected an IPv6 address, found \"::ffff:192.0.2.1\"")]
    [InlineData("reply: {kind: drop, extendedError: 65535}", "6:38: expected a whole number from 0 to 65534, found \"65535\"")]
    // Servers and rates.
    [InlineData("resolvers: ['10.0.0.2:53']", "6:15: expected the address of a server, found \"10.0.0.2:53\"; leave the port out: \"10.0.0.2\"")]
    [InlineData("resolvers: [010.0.0.1]", "6:15: expected the address of a server, found \"010.0.0.1\"")]
    [InlineData("resolvers: [1]", "6:15: expected the address of a server, found \"1\"")]
    [InlineData("resolvers: [0.0.0.0]", "6:15: expected the address of a server, found \"0.0.0.0\"")]
    [InlineData("resolvers: [224.0.0.251]", "6:15: expected the address of a server, found \"224.0.0.251\"")]
    [InlineData("resolvers: ['fe80::1%eth0']", "6:15: expected the address of a server, found \"fe80::1%eth0\"")]
    [InlineData("redirect: dns.example:53", "6:13: expected an address with or without a port, such as 10.0.0.53:53 or [2001:db8::53]:53, found \"dns.example:53\"")]
    [InlineData("redirect: 10.0.0.1:0", "6:13: expected an address with or without a port, such as 10.0.0.53:53 or [2001:db8::53]:53, found \"10.0.0.1:0\"")]
    [InlineData("redirect: {}", "6:13: the redirect leads nowhere; give \"v4\", \"v6\" or both")]
    [InlineData("redirect: {v4: '::1'}", "6:18: expected an IPv4 address, with or without a port, found \"::1\"")]
    [InlineData("rateLimit: 5", "6:14: expected a rate limit with queriesPerSecond, burst, per, over, found \"5\"; did you mean {queriesPerSecond: 5}?")]
    [InlineData("rateLimit: {burst: 5}", "6:14: \"queriesPerSecond\" is missing in a rate limit; it is a number from 0.01 to 1000000")]
    [InlineData("rateLimit: {queriesPerSecond: 0}", "6:33: expected a number from 0.01 to 1000000, found \"0\"")]
    [InlineData("rateLimit: {queriesPerSecond: NaN}", "6:33: expected a number from 0.01 to 1000000, found \"NaN\"")]
    [InlineData("rateLimit: {queriesPerSecond: 5, burst: 0, over: drop}", "6:43: expected a whole number from 1 to 1000000, found \"0\"")]
    [InlineData("rateLimit: {queriesPerSecond: 5, over: sinkhole}", "6:42: expected one of nxdomain, nodata, refused, truncate, drop, found \"sinkhole\"")]
    [InlineData("respond: [{to: [dns.answer.protectd], action: denyName, for: 1h}]", "6:19: expected a detection such as dns.answer.protected or dns.hijack.*, found \"dns.answer.protectd\"; did you mean \"dns.answer.protected\"?")]
    [InlineData("respond: [{to: [dns.scan.*], action: denyName, for: 1h}]", "6:19: expected a detection such as dns.answer.protected or dns.hijack.*, found \"dns.scan.*\"; docs/detections.md has them all")]
    [InlineData("respond: [{to: [dns.answer.protected], action: deny, for: 1h}]", "6:50: expected one of denyName, quarantine, found \"deny\"; did you mean \"denyName\"?")]
    [InlineData("respond: [{to: [dns.answer.protected], action: denyName, resolver: 10.0.0.1, for: 1h}]", "6:70: a name is denied by every server; leave the resolver out, or write action: quarantine")]
    [InlineData("respond: [{to: [dns.answer.guessing], action: quarantine, for: 1h}]", "6:13: a quarantine needs a resolver; give \"resolver\", the server that the workload may ask")]
    [InlineData("respond: [{to: [dns.answer.protected], action: denyName, for: 8d}]", "6:65: expected a duration from 1s to 7d, found \"8d\"")]
    [InlineData("respond: [{to: [dns.answer.protected], action: denyName}]", "6:13: \"for\" is missing in a response; it is a duration from 1s to 7d")]
    [InlineData("respond: [{to: [dns.answer.protected], action: denyName, for: 1h, mode: dry-run}]", "6:75: expected one of enforce, dryRun, found \"dry-run\"; did you mean \"dryRun\"?")]
    [InlineData("respond: [{to: [dns.answer.protected], action: denyName, for: 1h, confidence: 101}]", "6:81: expected a whole number from 0 to 100, found \"101\"")]
    [InlineData("respond: [{to: [dns.answer.guessing], action: denyName, for: 1h}]", "6:19: denyName cannot be the response to dns.answer.guessing: whoever can send packets to the workload could have any name denied to it; name dns.answer.rebinding, dns.answer.protected, dns.answer.listed, dns.answer.disagreement, dns.hijack.names, or write action: quarantine")]
    [InlineData("respond: [{to: ['dns.hijack.*'], action: denyName, for: 1h}]", "6:19: denyName cannot be the response to dns.hijack.answer, for which \"dns.hijack.*\" stands too: whoever can send packets to the workload could have any name denied to it; name dns.answer.rebinding, dns.answer.protected, dns.answer.listed, dns.answer.disagreement, dns.hijack.names, or write action: quarantine")]
    public void Mistake_in_a_spec_is_named_at_its_place(string lines, string expected) => Assert.Equal(expected, Assert.Single(Errors(Spec(lines))));

    [Theory]
    [InlineData("[]", "5:13: expected a list of 1 to 1024 subjects, found an empty list")]
    [InlineData("[{}]", "5:14: the subject says nothing; for everything, write {all: true}")]
    [InlineData("{all: true}", "5:13: expected a list of 1 to 1024 subjects, found a mapping; begin it with \"- \", or put it in [ and ]")]
    [InlineData("[{all: false}]", "5:20: expected \"true\", found \"false\"")]
    [InlineData("[{cgroup: /a, user: b}]", "5:14: a subject has one key, not \"cgroup\" and \"user\"; write a list item for each; any one of them selects")]
    [InlineData("[{cgroup: a/b}]", "5:23: expected a cgroup path below /sys/fs/cgroup, such as /system.slice/nginx*.service, found \"a/b\"; did you mean \"/a/b\"?")]
    [InlineData("[{cgroup: /sys/fs/cgroup/a.slice/b/}]", "5:23: expected a cgroup path below /sys/fs/cgroup, such as /system.slice/nginx*.service, found \"/sys/fs/cgroup/a.slice/b/\"; did you mean \"/a.slice/b\"?")]
    [InlineData("[{cgroup: /}]", "5:23: expected a cgroup path below /sys/fs/cgroup, such as /system.slice/nginx*.service, found \"/\"; for everything, write {all: true}")]
    [InlineData("[{cgroup: /a**/b}]", "5:23: expected a cgroup path below /sys/fs/cgroup, such as /system.slice/nginx*.service, found \"/a**/b\"; \"**\" is a component of its own, as in /a/**/b")]
    [InlineData("[{systemdUnit: nginx}]", "5:28: expected a unit such as nginx.service or web-*.service, found \"nginx\"; did you mean \"nginx.service\"?")]
    [InlineData("[{user: 4294967295}]", "5:21: expected a user's name or number, found \"4294967295\"")]
    [InlineData("[{user: -1}]", "5:21: expected a user's name or number, found \"-1\"")]
    [InlineData("[{containerId: 0123456789a}]", "5:28: expected 12 to 64 hexadecimal digits of a container's id, found \"0123456789a\"")]
    [InlineData("[{containerId: 'containerd://0123456789abcdef'}]", "5:28: expected 12 to 64 hexadecimal digits of a container's id, found \"containerd://0123456789abcdef\"; did you mean \"0123456789abcdef\"?")]
    [InlineData("[{podUid: web-1}]", "5:23: expected a pod's UID, such as 7f3c1c9e-0d5b-4b0e-9a53-6f0f6f1f8a11, found \"web-1\"")]
    [InlineData("[{podSelector: {}}]", "5:14: podSelector selects pods of the policy's namespace, and the policy has none; give \"namespace\" in \"metadata\"")]
    [InlineData("[{namespaceSelector: {}}]", "5:15: \"namespaceSelector\" has no place in a subject; a DnsPolicy selects within its own namespace; write a ClusterDnsPolicy to select namespaces")]
    [InlineData("[{matchLabels: {app: web}}]", "5:15: \"matchLabels\" has no place in a subject; it goes below \"podSelector\"")]
    public void Mistake_in_a_subject_is_named_at_its_place(string subjects, string expected) =>
        Assert.Equal(expected, Assert.Single(Errors(Spec("").Replace("[{all: true}]", subjects, StringComparison.Ordinal))));

    [Theory]
    [InlineData("{app: web}", "5:29: \"app\" has no place in a selector; labels go below \"matchLabels\"")]
    [InlineData("{matchLabels: {-x: y}}", "5:43: expected a label's key: up to 63 letters, digits, \"-\", \"_\" and \".\", after a domain and \"/\" where it has one, found \"-x\"")]
    [InlineData("{matchLabels: {x: a b}}", "5:46: expected a label's value: up to 63 letters, digits, \"-\", \"_\" and \".\", with a letter or digit at both ends, found \"a b\"")]
    [InlineData("{matchExpressions: [{key: a, operator: in, values: [b]}]}", "5:67: expected one of In, NotIn, Exists, DoesNotExist, found \"in\"; did you mean \"In\"?")]
    [InlineData("{matchExpressions: [{key: a, operator: In}]}", "5:48: \"values\" is missing for In")]
    [InlineData("{matchExpressions: [{key: a, operator: Exists, values: [b]}]}", "5:83: Exists takes no values; leave them out, or write In or NotIn")]
    [InlineData("{matchLabels: {a: b}, matchExpressions: [{key: a, operator: NotIn, values: [b]}]}", "5:28: the requirements for the label \"a\" contradict each other; nothing has such a label")]
    [InlineData("{matchExpressions: [{key: a, operator: Exists}, {key: a, operator: DoesNotExist}]}", "5:28: the requirements for the label \"a\" contradict each other; nothing has such a label")]
    public void Mistake_in_a_selector_is_named_at_its_place(string selector, string expected)
    {
        var text = Spec("").Replace("{all: true}", $"{{podSelector: {selector}}}", StringComparison.Ordinal).Replace("{name: web}", "{name: web, namespace: shop}", StringComparison.Ordinal);
        Assert.Equal(expected, Assert.Single(Errors(text)));
    }

    [Theory]
    [InlineData("just a text", "1:1: expected a document with apiVersion, kind, metadata and spec, found \"just a text\"")]
    [InlineData("apiVersion: v1", "1:1: \"kind\" is missing in the document; it is one of DnsPolicy, ClusterDnsPolicy, DomainList")]
    [InlineData("kind: DnsPolcy", "1:7: unknown kind \"DnsPolcy\"; did you mean \"DnsPolicy\"?")]
    [InlineData("kind: ConfigMap", "1:7: unknown kind \"ConfigMap\"; known are DnsPolicy, ClusterDnsPolicy, DomainList")]
    [InlineData("kind: DomainList\napiVersion: eider.dev/v1\nmetadata: {name: x}\nspec: {source: {file: x}}", "2:13: expected \"eider.dev/v1alpha1\", found \"eider.dev/v1\"")]
    [InlineData("kind: DomainList\napiVersion: eider.dev/v1alpha1\nmetadata: {name: X}\nspec: {source: {file: x}}", "3:18: expected a name of at most 253 lower-case letters, digits, \"-\" and \".\", with a letter or digit at both ends, found \"X\"; did you mean \"x\"?")]
    [InlineData("kind: DomainList\napiVersion: eider.dev/v1alpha1\nmetadata: {name: x, namespace: y}\nspec: {source: {file: x}}", "3:21: \"namespace\" has no place in the metadata of a DomainList; a DomainList stands for the whole cluster; leave it out")]
    [InlineData("kind: DomainList\napiVersion: eider.dev/v1alpha1\nmetadata: {name: x}\nspec: {source: {file: x}}\nstatus: {}", "5:1: \"status\" has no place in a DomainList; it is written by Kubernetes; leave it out")]
    [InlineData("kind: DomainList\napiVersion: eider.dev/v1alpha1\nmetadata: {name: x}\nspec: {}", "4:7: \"source\" is missing in the spec of a DomainList; it is a source with file, url, sha256")]
    [InlineData("kind: DomainList\napiVersion: eider.dev/v1alpha1\nmetadata: {name: x}\nspec: {source: {}}", "4:16: the source is missing; give \"file\" or \"url\"")]
    [InlineData("kind: DomainList\napiVersion: eider.dev/v1alpha1\nmetadata: {name: x}\nspec: {source: {file: x, url: 'http://x/'}}", "4:16: the source is a file or a URL, not both; give \"file\" or \"url\"")]
    [InlineData("kind: DomainList\napiVersion: eider.dev/v1alpha1\nmetadata: {name: x}\nspec: {source: {url: 'ftp://x/'}}", "4:22: expected an http or https URL, found \"ftp://x/\"")]
    [InlineData("kind: DomainList\napiVersion: eider.dev/v1alpha1\nmetadata: {name: x}\nspec: {source: {file: 'http://x/'}}", "4:23: expected the path of a file, found \"http://x/\"; an address on the web goes to \"url\"")]
    [InlineData("kind: DomainList\napiVersion: eider.dev/v1alpha1\nmetadata: {name: x}\nspec: {source: {url: 'http://x/', sha256: ab}}", "4:43: expected 64 hexadecimal digits, found \"ab\"")]
    [InlineData("kind: DomainList\napiVersion: eider.dev/v1alpha1\nmetadata: {name: x}\nspec: {source: {file: x}, refresh: 1s}", "4:36: expected a duration from 1m to 365d, found \"1s\"")]
    [InlineData("kind: DomainList\napiVersion: eider.dev/v1alpha1\nmetadata: {name: x}\nspec: {source: {file: x}, maxSize: 1k}", "4:36: expected a size from 1KiB to 4GiB, found \"1k\"; write a whole number with its unit, such as 8MiB or 512MB")]
    [InlineData("kind: DomainList\napiVersion: eider.dev/v1alpha1\nmetadata: {name: x}\nspec: {source: {file: x}, format: hots}", "4:35: expected one of auto, hosts, domains, adblock, rpz, dnsmasq, unbound, found \"hots\"; did you mean \"hosts\"?")]
    public void Mistake_in_a_document_is_named_at_its_place(string text, string expected) => Assert.Equal(expected, Assert.Single(Errors(text)));

    [Fact]
    public void All_mistakes_are_told_at_once_in_order()
    {
        var errors = Errors("""
            kind: DnsPolicy
            extra: 1
            apiVersion: v1
            spec:
              subjects: [{all: true}]
              mode: loud
              rules:
                - {action: x, names: [a.b, 'a..b']}
            ---
            kind: DomainList
            apiVersion: eider.dev/v1alpha1
            metadata: {name: x}
            spec: {source: []}
            """);

        Assert.Equal(["1:1", "2:1", "3:13", "6:9", "8:16", "8:32", "13:16"], errors.Select(error => error[..error.IndexOf(": ", StringComparison.Ordinal)]));
    }

    [Theory]
    [InlineData("rules: [{action: deny, names: [a.b, A.b]}]", "6:39: warning: the name \"a.b\" is named twice; the first is at policies/web.yaml:6:34; leave one out")]
    [InlineData("rules: [{action: deny, names: [a.b], types: [A]}, {action: allow, names: [a.b]}]", "6:77: warning: the name \"a.b\" has allow here and deny at policies/web.yaml:6:34; deny wins for the types that both name")]
    [InlineData("rules: [{action: allow, names: [a.b]}]", "6:10: warning: every rule allows, and so does the default; write default: deny for the rules to be exceptions to")]
    public void Doubtful_part_is_told(string lines, string expected) => Assert.Equal([$"{Name}:{expected}"], Warnings(Spec(lines)));

    [Theory]
    [InlineData("rules: [{action: deny, names: [a.b], types: [A]}, {action: allow, names: [a.b], types: [AAAA]}]")]
    [InlineData("rules: [{action: deny, names: ['*.a.b']}, {action: allow, names: [a.b, x.a.b]}]")]
    [InlineData("answers: {rebinding: allow, holdOn: off}")]
    [InlineData("resolvers: [10.0.0.53, '::1']\nredirect: {v4: 10.0.0.53, v6: '::1'}")]
    public void Sound_part_is_not_told(string lines) => Assert.Empty(Warnings(Spec(lines)));

    [Fact]
    public void Pass_beside_allow_is_a_contradiction() => Assert.Equal(
        "6:65: the name \"a.b\" has allow here and pass at policies/web.yaml:6:34; leave one out",
        Assert.Single(Errors(ClusterSpec("rules: [{action: pass, names: [a.b]}, {action: allow, names: [a.b]}]"))));
}
