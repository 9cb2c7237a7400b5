// Policies and lists for tests, written as short as they can be said.

using System.Text;
using Eider.Core;
using Eider.Core.Lists;
using Eider.Core.Policy;

namespace Eider.Kernel.Tests.Policy;

internal static class Policies
{
    private static readonly Place Nowhere = new("test.yaml", 1, 1);

    public static DnsPolicy Namespaced(string name, params PolicyRule[] rules) => new() { Tier = PolicyTier.Namespace, Name = name, Rules = rules, Place = Nowhere };

    public static DnsPolicy Cluster(string name, params PolicyRule[] rules) => new() { Tier = PolicyTier.Cluster, Name = name, Rules = rules, Place = Nowhere };

    public static PolicyRule Deny(params string[] names) => Rule(PolicyAction.Deny, names);

    public static PolicyRule Allow(params string[] names) => Rule(PolicyAction.Allow, names);

    public static PolicyRule Pass(params string[] names) => Rule(PolicyAction.Pass, names);

    public static PolicyRule Listed(PolicyAction action, params string[] lists) => new() { Action = action, Lists = lists, Place = Nowhere };

    /// <param name="names">As in a policy file.</param>
    public static PolicyRule Rule(PolicyAction action, string[] names, params ushort[] types) => new()
    {
        Action = action,
        Names = [.. names.Select(name => name.StartsWith("*.", StringComparison.Ordinal) ? new NamePattern(name[2..], true) : new NamePattern(name, false))],
        Types = types,
        Place = Nowhere,
    };

    /// <summary>Of every name.</summary>
    public static PolicyRule Typed(PolicyAction action, params ushort[] types) => Rule(action, [], types);

    public static DomainListSpec List(string name, ListMatch match = ListMatch.Subdomains) =>
        new() { Name = name, Source = new FileListSource(name), Match = match, Place = Nowhere };

    /// <summary>Lists out of text.</summary>
    public static ListOpener Texts(IReadOnlyDictionary<string, string> lists) => (DomainListSpec spec, out ListError? error) =>
    {
        error = null;
        if (!lists.TryGetValue(spec.Name, out var text))
        {
            error = new ListError(ListFault.NotFound, $"{spec.Name}: no such file; check the path");
            return null;
        }

        return DomainListReader.TryOpen(new MemoryStream(Encoding.UTF8.GetBytes(text)), spec.Name, spec.Format, spec.Match, out var reader, out error) ? reader : null;
    };

    /// <summary>For a workload that every policy selects.</summary>
    public static Selection All(PolicySet set) => new(PolicyBits.Of(set.Policies.Count, static _ => true), default);

    public static Reply Sinkhole(string v4, string? v6 = null) =>
        new(ReplyKind.Sinkhole, PolicyKernel.Address(v4), v6 is null ? null : PolicyKernel.Address(v6));
}
