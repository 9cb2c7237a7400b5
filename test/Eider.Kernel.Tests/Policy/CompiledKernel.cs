// Policies compiled and in force in the kernel, for questions.

using Eider.Core;
using Eider.Core.Abi;
using Eider.Core.Policy;
using Eider.Core.Respond;

namespace Eider.Kernel.Tests.Policy;

internal sealed class CompiledKernel : IDisposable
{
    private static readonly NameKeys Keys = new(0x5851f42d4c957f2d, 0x14057b7ef767814f, 0x2545f4914f6cdd1d);

    private readonly PolicyKernel kernel = new();
    private readonly CompiledPolicies compiled;
    private readonly uint posture;

    public CompiledKernel(params DnsPolicy[] policies)
        : this(policies, [])
    {
    }

    /// <param name="except">Of every list.</param>
    public CompiledKernel(DnsPolicy[] policies, (string Name, string Text)[] lists, Func<string, uint?>? users = null, params NamePattern[] except)
    {
        var set = new PolicySet(policies, [.. lists.Select(list => Policies.List(list.Name) with { Except = except })]);
        compiled = PolicyCompiler.Compile(set, new PolicyCompilerOptions
        {
            Lists = Policies.Texts(lists.ToDictionary(list => list.Name, list => list.Text)),
            Memory = KernelNames.Create,
            Users = users ?? (static _ => null),
        }, Keys);
        posture = compiled.FirstPosture(Policies.All(set));
        kernel.Apply(compiled.Tables, (KernelNames)compiled.Names);
    }

    public IReadOnlyList<PolicyDiagnostic> Diagnostics => compiled.Diagnostics;

    public PostureRecord Posture => compiled.Tables.Postures[(int)posture];

    public RuleRecord RuleOf(VerdictRecord verdict) => compiled.Tables.Rules[verdict.Rule];

    public VerdictRecord Ask(string name, ushort type = 1, string? server = null, uint userClass = 0) =>
        kernel.Ask(posture + userClass, name, type, server is null ? null : PolicyKernel.Address(server));

    public VerdictRecord Ask(byte[] question) => kernel.Ask(posture, question);

    public VerdictRecord AskCounted(string name, ulong cgroup) => kernel.Ask(posture, PolicyKernel.Question(name), cgroup: cgroup);

    /// <summary>On the kernel's clock.</summary>
    public static ulong NowNs() => Eider.Bpf.Clock.BoottimeNs();

    /// <summary>As a process of this workload asks.</summary>
    public VerdictRecord AskAs(uint workload, string name, string? server = null) =>
        kernel.Ask(posture, PolicyKernel.Question(name), server is null ? null : PolicyKernel.Address(server), workload);

    public string VerdictOf(uint workload, string name, string? server = null) => Describe(AskAs(workload, name, server));

    public void Put(ActiveResponse response) => kernel.Responses.Put(response);

    public void Remove(ActiveResponse response, params ActiveResponse[] left) => kernel.Responses.Remove(response, left);

    public IReadOnlyList<ActiveResponse> Adopt() => kernel.Responses.Adopt(NowNs());

    /// <summary>E.g. <c>deny web rules[1]</c>, <c>deny web rules[0] ads</c>, <c>allow</c>.</summary>
    public string Verdict(string name, ushort type = 1, string? server = null) => Describe(Ask(name, type, server));

    public string Describe(VerdictRecord verdict) => Named((VerdictAction)verdict.Action, verdict.Rule);

    public string Audit(string name, string? server = null) => DescribeAudit(Ask(name, server: server));

    public string DescribeAudit(VerdictRecord verdict) =>
        verdict.AuditAction == 0 ? "nothing" : Named((VerdictAction)verdict.AuditAction, verdict.AuditRule);

    public void Dispose() => kernel.Dispose();

    private string Named(VerdictAction action, ushort number)
    {
        var word = action == VerdictAction.Deny ? "deny" : "allow";
        return compiled.Rules.Rules[number] is { } rule
            ? $"{word} {compiled.PolicyOf(rule).FullName} {rule.PartName} {rule.List}".TrimEnd()
            : word;
    }
}
