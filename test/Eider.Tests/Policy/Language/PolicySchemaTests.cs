// The published JSON Schema is the one the reader's tables make, and says what the reader says.

using System.Text.Json.Nodes;
using Eider.Core.Policy;
using Xunit;

namespace Eider.Tests.Policy.Language;

public sealed class PolicySchemaTests
{
    private static readonly JsonObject Schema = JsonNode.Parse(PolicySchema.ToJson())!.AsObject();

    [Fact]
    public void Published_schema_is_that_of_the_reader()
    {
        var path = PolicyDocumentTests.InRepository("docs/policy.schema.json");
        if (Environment.GetEnvironmentVariable("EIDER_UPDATE_DOCS") == "1")
        {
            File.WriteAllText(path, PolicySchema.ToJson());
        }

        Assert.Equal(PolicySchema.ToJson(), File.ReadAllText(path));
    }

    [Theory]
    [InlineData("{}")]
    [InlineData("{'mode': 'audit', 'default': 'deny', 'reply': {'kind': 'sinkhole', 'v4': '192.0.2.1', 'v6': '2001:db8::1', 'extendedError': 4}}")]
    [InlineData("{'rules': [{'action': 'deny', 'names': ['*.example.com', 'bücher.example.'], 'types': ['A', 'TYPE65', 16]}]}")]
    [InlineData("{'rules': [{'action': 'deny', 'names': ['a.b'], 'reply': {'kind': 'drop'}}]}")]
    [InlineData("{'resolvers': ['10.0.0.1', '::1'], 'redirect': '10.0.0.1:53'}")]
    [InlineData("{'resolvers': ['10.0.0.1'], 'otherPorts': 'judge'}")]
    [InlineData("{'rules': [{'action': 'deny', 'types': ['ANY', 'TXT']}]}")]
    [InlineData("{'resolvers': ['10.0.0.1'], 'redirect': '10.0.0.2'}")]
    [InlineData("{'redirect': {'v4': '10.0.0.1', 'v6': '[::1]:53'}}")]
    [InlineData("{'redirect': '2001:db8::1'}")]
    [InlineData("{'rateLimit': {'queriesPerSecond': 0.5, 'burst': 3, 'per': 'process', 'over': 'drop'}}")]
    [InlineData("{'answers': {'forged': 'drop', 'rebinding': 'alert', 'holdOn': 'on'}}")]
    [InlineData("{'respond': [{'to': ['dns.answer.protected', 'dns.answer.li*'], 'action': 'denyName', 'for': '1h'}]}")]
    [InlineData("{'respond': [{'to': ['*'], 'severity': 'low', 'confidence': 0, 'action': 'quarantine', 'resolver': {'v4': '10.0.0.1', 'v6': '::1'}, 'for': '7d', 'mode': 'dryRun'}]}")]
    [InlineData("{'subjects': [{'podSelector': {}}]}")]
    [InlineData("{'subjects': [{'podSelector': {'matchLabels': {'a/b': ''}, 'matchExpressions': [{'key': 'a', 'operator': 'In', 'values': ['b']}]}}]}")]
    [InlineData("{'subjects': [{'cgroup': '/a/**/b*'}, {'systemdUnit': 'a.service'}, {'user': 7}, {'user': 'a'}, {'containerId': '0123456789ab'}]}")]
    [InlineData("{'subjects': [{'podUid': '7f3c1c9e-0d5b-4b0e-9a53-6f0f6f1f8a11'}]}")]
    public void Spec_that_the_reader_takes_is_accepted(string spec) => AssertAgreed(true, Policy(spec));

    [Theory]
    [InlineData("{'modus': 'audit'}")]
    [InlineData("{'mode': 'loud'}")]
    [InlineData("{'mode': null}")]
    [InlineData("{'default': 'pass'}")]
    [InlineData("{'otherPorts': 'all'}")]
    [InlineData("{'respond': []}")]
    [InlineData("{'respond': [{'to': [], 'action': 'denyName', 'for': '1h'}]}")]
    [InlineData("{'respond': [{'to': ['dns.hijack.names'], 'action': 'deny', 'for': '1h'}]}")]
    [InlineData("{'respond': [{'to': ['dns.hijack.names'], 'action': 'denyName'}]}")]
    [InlineData("{'respond': [{'to': ['dns.hijack.names'], 'action': 'denyName', 'for': 60}]}")]
    [InlineData("{'reply': 'refused'}")]
    [InlineData("{'reply': {'kind': 'drop', 'extendedError': 65535}}")]
    [InlineData("{'reply': {'v4': '192.0.2.1'}}")]
    [InlineData("{'rules': []}")]
    [InlineData("{'rules': [{'names': ['a.b']}]}")]
    [InlineData("{'rules': [{'action': 'deny'}]}")]
    [InlineData("{'rules': [{'action': 'pass', 'names': ['a.b']}]}")]
    [InlineData("{'rules': [{'action': 'deny', 'names': []}]}")]
    [InlineData("{'rules': [{'action': 'deny', 'names': ['foo*.example']}]}")]
    [InlineData("{'rules': [{'action': 'deny', 'names': ['*']}]}")]
    [InlineData("{'rules': [{'action': 'deny', 'names': ['http://a.b/']}]}")]
    [InlineData("{'rules': [{'action': 'deny', 'names': ['a..b']}]}")]
    [InlineData("{'rules': [{'action': 'deny', 'names': ['a.b'], 'types': ['*']}]}")]
    [InlineData("{'rules': [{'action': 'deny', 'names': ['a.b'], 'types': [65536]}]}")]
    [InlineData("{'resolvers': ['dns.example']}")]
    [InlineData("{'redirect': {}}")]
    [InlineData("{'redirect': ['10.0.0.1']}")]
    [InlineData("{'rateLimit': {'queriesPerSecond': 0}}")]
    [InlineData("{'rateLimit': {'burst': 1}}")]
    [InlineData("{'rateLimit': {'queriesPerSecond': 1, 'over': 'sinkhole'}}")]
    [InlineData("{'answers': {'holdOn': 'maybe'}}")]
    [InlineData("{'subjects': []}")]
    [InlineData("{'subjects': [{}]}")]
    [InlineData("{'subjects': [{'cgroup': 'a'}]}")]
    [InlineData("{'subjects': [{'cgroup': '/a', 'user': 'b'}]}")]
    [InlineData("{'subjects': [{'namespaceSelector': {}}]}")]
    [InlineData("{'subjects': [{'systemdUnit': 'nginx'}]}")]
    [InlineData("{'subjects': [{'user': -1}]}")]
    [InlineData("{'subjects': [{'containerId': '0123'}]}")]
    [InlineData("{'subjects': [{'podSelector': {'matchExpressions': [{'key': 'a', 'operator': 'in', 'values': ['b']}]}}]}")]
    public void Spec_that_the_reader_refuses_is_refused(string spec) => AssertAgreed(false, Policy(spec));

    [Theory]
    [InlineData("ClusterDnsPolicy", "{'name': 'web'}", "{'subjects': [{'namespaceSelector': {}, 'podSelector': {}}], 'rules': [{'action': 'pass', 'names': ['a.b']}]}", true)]
    [InlineData("ClusterDnsPolicy", "{'name': 'web', 'namespace': 'shop'}", "{'subjects': [{'all': true}]}", false)]
    [InlineData("DnsPolicy", "{'name': 'Web'}", "{'subjects': [{'all': true}]}", false)]
    [InlineData("DnsPolicy", "{}", "{'subjects': [{'all': true}]}", false)]
    [InlineData("DnsPolcy", "{'name': 'web'}", "{'subjects': [{'all': true}]}", false)]
    [InlineData("DomainList", "{'name': 'ads'}", "{'source': {'file': 'x'}, 'format': 'rpz', 'refresh': '1.5h', 'maxSize': '8MiB', 'match': 'exact'}", true)]
    [InlineData("DomainList", "{'name': 'ads'}", "{'source': {'url': 'https://a.b/c'}}", true)]
    [InlineData("DomainList", "{'name': 'ads'}", "{'source': {'file': 'x', 'url': 'https://a.b/c'}}", false)]
    [InlineData("DomainList", "{'name': 'ads'}", "{'source': {}}", false)]
    [InlineData("DomainList", "{'name': 'ads'}", "{'source': {'file': 'x'}, 'refresh': '5'}", false)]
    [InlineData("DomainList", "{'name': 'ads'}", "{'source': {'file': 'x'}, 'maxSize': '5k'}", false)]
    public void Document_is_judged_as_by_the_reader(string kind, string metadata, string spec, bool isAccepted) =>
        AssertAgreed(isAccepted, $"{{'apiVersion': 'eider.dev/v1alpha1', 'kind': '{kind}', 'metadata': {metadata}, 'spec': {spec}}}");

    private static void AssertAgreed(bool isAccepted, string quoted)
    {
        var json = quoted.Replace('\'', '"');
        var set = PolicyFile.Parse(json, "policy.json", out var diagnostics);
        Assert.True(isAccepted == (set is not null), string.Join('\n', diagnostics));
        Assert.Equal(isAccepted, JsonSchemaSubset.Accepts(Schema, JsonNode.Parse(json)));
    }

    private static string Policy(string spec)
    {
        var whole = JsonNode.Parse(spec.Replace('\'', '"'))!.AsObject();
        whole.TryAdd("subjects", JsonNode.Parse("[{\"all\": true}]"));
        var document = new JsonObject
        {
            ["apiVersion"] = "eider.dev/v1alpha1",
            ["kind"] = "DnsPolicy",
            ["metadata"] = new JsonObject { ["name"] = "web", ["namespace"] = "shop" },
            ["spec"] = whole,
        };
        return document.ToJsonString(new System.Text.Json.JsonSerializerOptions { Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping });
    }
}
