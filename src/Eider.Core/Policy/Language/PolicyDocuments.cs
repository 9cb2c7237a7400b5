// The documents of one file, and what must hold between the documents of all files.

using Eider.Core.Config;

namespace Eider.Core.Policy.Language;

/// <summary>One load in the making. Files are added one after the other.</summary>
internal sealed class PolicyDocuments
{
    private readonly Dictionary<string, Diagnostics> _found = [];
    private readonly List<DnsPolicy> _policies = [];
    private readonly List<DomainListSpec> _lists = [];

    public bool AnyError => _found.Values.Any(found => found.AnyError);

    public PolicySet Set => new(_policies, _lists);

    /// <summary>In the order of files, and within a file in the order of its text.</summary>
    public IReadOnlyList<PolicyDiagnostic> Diagnostics => [.. _found.Values.SelectMany(found => found.ToList())];

    public Diagnostics In(string file)
    {
        if (!_found.TryGetValue(file, out var found))
        {
            _found[file] = found = new Diagnostics(file);
        }

        return found;
    }

    /// <param name="file">As messages name it.</param>
    public void Read(ReadOnlySpan<byte> utf8, string file)
    {
        var found = In(file);
        var errors = new ConfigErrors(file);
        var roots = ConfigEncoding.Decode(utf8, int.MaxValue, errors) is { } text ? YamlReader.ReadAll(text, errors) : [];
        found.Take(errors);
        if (roots.Count == 0 && !found.AnyError)
        {
            found.Warn(YamlPosition.WholeFile, "says nothing");
        }

        foreach (var root in roots)
        {
            ReadDocument(root, found);
        }
    }

    /// <summary>To be called once, after the last file.</summary>
    /// <param name="workloads">Null where no source of pods is configured.</param>
    public void CheckTogether(WorkloadDirectory? workloads)
    {
        CheckUnique(_policies.Where(policy => policy.Name.Length > 0), policy => (policy.Tier, policy.FullName), policy => policy.Place,
            policy => $"{(policy.Tier == PolicyTier.Cluster ? PolicySyntax.ClusterKind : PolicySyntax.NamespaceKind)} \"{policy.FullName}\"");
        CheckUnique(_lists.Where(list => list.Name.Length > 0), list => list.Name, list => list.Place, list => $"{PolicySyntax.ListKind} \"{list.Name}\"");
        CheckLists();
        // What is wrong with a policy may well be its subjects.
        foreach (var policy in AnyError ? [] : _policies)
        {
            CheckSelection(policy, workloads);
        }
    }

    private void ReadDocument(YamlNode root, Diagnostics found)
    {
        if (root is not YamlMapping document)
        {
            found.Error(root.At, $"expected a document with apiVersion, kind, metadata and spec, found {root.Found}");
            return;
        }

        var place = found.PlaceOf(root.At);
        string[] kinds = [PolicySyntax.NamespaceKind, PolicySyntax.ClusterKind, PolicySyntax.ListKind];
        switch (document["kind"])
        {
            case YamlScalar { Text: PolicySyntax.NamespaceKind }:
                _policies.Add(PolicySyntax.NamespacePolicy.Read(root, found, new DnsPolicy { Tier = PolicyTier.Namespace, Name = "", Place = place }));
                break;
            case YamlScalar { Text: PolicySyntax.ClusterKind }:
                _policies.Add(PolicySyntax.ClusterPolicy.Read(root, found, new DnsPolicy { Tier = PolicyTier.Cluster, Name = "", Place = place }));
                break;
            case YamlScalar { Text: PolicySyntax.ListKind }:
                _lists.Add(PolicySyntax.DomainList.Read(root, found, new DomainListSpec { Name = "", Source = new FileListSource(""), Place = place }));
                break;
            case null:
                found.Error(root.At, "\"kind\" is missing in the document", $"it is one of {string.Join(", ", kinds)}");
                break;
            case var other:
                var near = other is YamlScalar scalar ? Suggestion.Nearest(scalar.Text, kinds) : null;
                found.Error(other.At, $"unknown kind {other.Found}", near is null ? $"known are {string.Join(", ", kinds)}" : $"did you mean \"{near}\"?");
                break;
        }
    }

    private void CheckUnique<T, TKey>(IEnumerable<T> documents, Func<T, TKey> key, Func<T, Place> place, Func<T, string> name) where TKey : notnull
    {
        var first = new Dictionary<TKey, T>();
        foreach (var document in documents)
        {
            if (!first.TryAdd(key(document), document))
            {
                In(place(document).File).Error(place(document), $"{name(document)} is there twice; the first is at {place(first[key(document)])}", "rename or remove one");
            }
        }
    }

    private void CheckLists()
    {
        var known = _lists.Select(list => list.Name).ToHashSet();
        var used = new HashSet<string>();
        foreach (var rule in _policies.SelectMany(policy => policy.Rules))
        {
            for (var i = 0; i < rule.Lists.Count; i++)
            {
                used.Add(rule.Lists[i]);
                // The list may well be the one whose name could not be read.
                if (!known.Contains(rule.Lists[i]) && !known.Contains(""))
                {
                    var near = Suggestion.Nearest(rule.Lists[i], known);
                    In(rule.ListPlaces[i].File).Error(rule.ListPlaces[i], $"there is no {PolicySyntax.ListKind} \"{rule.Lists[i]}\"",
                        near is null ? $"add a document with kind: {PolicySyntax.ListKind} and this name" : $"did you mean \"{near}\"?");
                }
            }
        }

        foreach (var list in _lists.Where(list => list.Name.Length > 0 && !used.Contains(list.Name) && !AnyError))
        {
            In(list.Place.File).Warn(list.Place, $"no rule uses the {PolicySyntax.ListKind} \"{list.Name}\"");
        }
    }

    /// <summary>Only what can never be is told: cgroups, units and containers come and go.</summary>
    private void CheckSelection(DnsPolicy policy, WorkloadDirectory? workloads)
    {
        if (policy.Users.Count > 0 || policy.Subjects.Count == 0 || policy.Subjects.Any(subject => subject is not PodSubject))
        {
            return;
        }

        if (workloads is null)
        {
            In(policy.Place.File).Warn(policy.Subjects[0].Place, $"policy \"{policy.FullName}\" selects nothing: without a workload directory no pod's namespace and labels are known",
                "name one with --workloads FILE");
        }
        else if (!workloads.Workloads().Any(policy.Selects))
        {
            In(policy.Place.File).Warn(policy.Subjects[0].Place, $"policy \"{policy.FullName}\" selects none of the {workloads.Pods.Count} pods that are known now",
                "check its namespace and selectors");
        }
    }
}
