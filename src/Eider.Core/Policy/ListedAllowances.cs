// Rules that allow a name which a list of the same policy denies: the denial wins, so such a rule says nothing.

using System.Text;
using Eider.Core.Lists;

namespace Eider.Core.Policy;

/// <summary>For those who check policies before they are in force. Any thread.</summary>
public static class ListedAllowances
{
    private sealed record Allowance(DnsPolicy Policy, PolicyRule Rule, NamePattern Pattern, Place Place);

    /// <summary>Reads each list through that a rule denies while another rule of its policy allows names. A list that is a URL's and has no copy is passed over, and so is
    /// one that cannot be read: whoever puts the policies in force tells of those.</summary>
    /// <param name="copies">Of lists from URLs.</param>
    public static IReadOnlyList<PolicyDiagnostic> Find(PolicySet policies, ListStore copies)
    {
        var found = new List<PolicyDiagnostic>();
        foreach (var list in policies.Lists)
        {
            var allowed = Allowances(policies, list).ToLookup(allowance => allowance.Pattern.Name, StringComparer.Ordinal);
            if (allowed.Count == 0 || Open(list, copies) is not { } reader)
            {
                continue;
            }

            using (reader)
            {
                Compare(reader, list, allowed, found);
            }
        }

        return found;
    }

    /// <summary>Of policies that deny the list for every type that the rule allows.</summary>
    private static IEnumerable<Allowance> Allowances(PolicySet policies, DomainListSpec list)
    {
        foreach (var policy in policies.Policies)
        {
            var denying = policy.Rules.Where(rule => rule.Action == PolicyAction.Deny && rule.Lists.Contains(list.Name)).ToArray();
            foreach (var rule in policy.Rules.Where(rule => rule.Action == PolicyAction.Allow && denying.Any(other => Covers(other, rule))))
            {
                for (var i = 0; i < rule.Names.Count; i++)
                {
                    if (!list.Except.Contains(rule.Names[i]))
                    {
                        yield return new Allowance(policy, rule, rule.Names[i], rule.NamePlaces[i]);
                    }
                }
            }
        }
    }

    private static bool Covers(PolicyRule denying, PolicyRule allowing) =>
        denying.Types.Count == 0 || (allowing.Types.Count > 0 && allowing.Types.All(denying.Types.Contains));

    private static DomainListReader? Open(DomainListSpec list, ListStore copies)
    {
        var isOpen = list.Source is FileListSource file
            ? DomainListReader.TryOpen(file.Path, list.Format, list.Match, out var reader, out _, list.MaxSize)
            : copies.TryOpen(list, out reader, out _);
        return isOpen ? reader : null;
    }

    private static void Compare(DomainListReader reader, DomainListSpec list, ILookup<string, Allowance> allowed, List<PolicyDiagnostic> found)
    {
        var told = new HashSet<Allowance>();
        var excepted = new HashSet<NamePattern>();
        Span<char> text = stackalloc char[256];
        while (reader.TryRead(out var entry))
        {
            var name = text[..Encoding.ASCII.GetChars(entry.Name, text)];
            foreach (var allowance in allowed[name.ToString()])
            {
                if ((entry.Match & (allowance.Pattern.Suffix ? NameMatch.Below : NameMatch.Exact)) == 0)
                {
                    continue;
                }

                if (entry.Action == ListAction.Block)
                {
                    told.Add(allowance);
                }
                else
                {
                    excepted.Add(allowance.Pattern);
                }
            }
        }

        foreach (var allowance in told.Where(allowance => !excepted.Contains(allowance.Pattern)))
        {
            found.Add(new PolicyDiagnostic(PolicySeverity.Warning, allowance.Place, $"\"{allowance.Pattern}\" stands in list {list.Name}, which this policy denies, so that the allow never holds",
                $"give the list except: [\"{allowance.Pattern}\"]"));
        }
    }
}
