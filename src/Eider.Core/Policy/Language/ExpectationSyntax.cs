// The file of expectations: policies, pods, and a table of queries with what is to become of them.

using System.Text.Json.Nodes;
using Eider.Core.Config;
using Eider.Core.Decode;

namespace Eider.Core.Policy.Language;

internal static class ExpectationSyntax
{
    private const int MaxPolicies = 100;
    private const int MaxCases = 100_000;
    private const ushort DefaultType = 1;

    private static readonly Syntax<string> Path = Text("the path of a file or folder", 4096);

    private static readonly Syntax<string> Name = Values.Scalar<string>(
        "a name such as www.example.com",
        () => new JsonObject { ["type"] = "string" },
        text => QuestionName.TryRead(text, out var name, out _) ? new ConfigValue<string>(name) : null,
        text => QuestionName.TryRead(text, out _, out var fault) ? null : fault);

    private static readonly Syntax<IpAddress?> Server = Values.Scalar<IpAddress?>(
        "the address of a server",
        () => new JsonObject { ["type"] = "string" },
        text => IpAddress.TryParse(text, out var address) ? new ConfigValue<IpAddress?>(address) : null);

    /// <summary>The two actions, then what a denied query is answered.</summary>
    private static readonly Syntax<Expectation> Expect = Values.Word<Expectation>(
        [
            ("allow", new("allow", VerdictAction.Allow, null)),
            ("deny", new("deny", VerdictAction.Deny, null)),
            .. Enum.GetValues<ReplyKind>().Select(kind => (Values.WordOf(kind), new Expectation(Values.WordOf(kind), VerdictAction.Deny, kind))),
        ],
        RuleSyntax.Synonyms.Where(static synonym => synonym.Key is not "drop").ToDictionary());

    public static readonly ObjectSyntax<ExpectedVerdict> Case = new(
        "a case",
        [
            Field<ExpectedVerdict>.Of("subject", Text("who asks", 4096), $"Who asks: {PolicySubject.Forms}.",
                (target, subject) => target with { Subject = subject }, required: true),
            Field<ExpectedVerdict>.Of("name", Name, "The name asked for.", (target, name) => target with { Name = name }, required: true),
            Field<ExpectedVerdict>.Of("type", RuleSyntax.Type, "The type asked for.", (target, type) => target with { Type = type }, fallback: RecordType.Name(DefaultType)),
            Field<ExpectedVerdict>.Of("server", Server, "The server asked.", (target, server) => target with { Server = server }, fallback: "one that may be asked"),
            Field<ExpectedVerdict>.Of("expect", Expect, "What becomes of the query: let through, denied in whatever way, or denied and answered so.",
                (target, expect) => target with { Expect = expect }, required: true),
            Field<ExpectedVerdict>.Of("audit", Values.Word<VerdictAction>(), "What the policies in audit mode would do.",
                (target, action) => target with { Audit = action }, fallback: "not looked at"),
            Field<ExpectedVerdict>.Of("rule", Text("a policy, or a policy and a part of it such as rules[0]", 512), "What decides: `shop/web`, or `shop/web rules[0]`.",
                (target, rule) => target with { Rule = rule }, fallback: "not looked at"),
            Field<ExpectedVerdict>.Of("list", Values.ObjectName, "The `DomainList` by which it decides.",
                (target, list) => target with { List = list }, fallback: "not looked at"),
        ])
    {
        Misplaced = new Dictionary<string, string> { ["reply"] = "what is answered goes to \"expect\"", ["action"] = "write \"expect\"", ["qtype"] = "write \"type\"" },
    };

    public static readonly ObjectSyntax<PolicyExpectations> File = new(
        "a file of expectations",
        [
            Field<PolicyExpectations>.Of("policies", PathList(), "Policy files, and folders of them; relative to this file.", (target, paths) => target with { Policies = paths }, required: true),
            Field<PolicyExpectations>.Of("workloads", Placed(Path), "A [workload directory](#workload-directory); relative to this file.",
                (target, path) => target with { Workloads = path }, fallback: "no pods"),
            Field<PolicyExpectations>.Of("cases", Values.List("cases", Case.From(Start), MaxCases), "The queries.",
                (target, cases) => target with { Cases = [.. cases.Select(each => each.Value)] }, required: true),
        ]);

    private static ExpectedVerdict Start(Place place) => new() { Subject = "", Name = "", Type = DefaultType, Expect = new("allow", VerdictAction.Allow, null), Place = place };

    private static Syntax<IReadOnlyList<string>> PathList()
    {
        var list = Values.List("paths", Path, MaxPolicies);
        return new(list.Name, list.Schema, (node, found) => list.Read(node, found) is { } read
            ? new ConfigValue<IReadOnlyList<string>>([.. read.Value.Select(path => FromFolderOf(path.Place.File, path.Value))]) : null);
    }

    private static Syntax<string> Placed(Syntax<string> path) =>
        new(path.Name, path.Schema, (node, found) => path.Read(node, found) is { } read ? new ConfigValue<string>(FromFolderOf(found.File, read.Value)) : null);

    private static string FromFolderOf(string file, string path) => System.IO.Path.Combine(System.IO.Path.GetDirectoryName(file) ?? "", path);

    private static Syntax<string> Text(string name, int most) => Values.Scalar<string>(
        name,
        () => new JsonObject { ["type"] = "string", ["minLength"] = 1, ["maxLength"] = most },
        text => text.Length > 0 && text.Length <= most && !text.Any(char.IsControl) ? new ConfigValue<string>(text) : null);
}
