// What audited policies would do besides judging names: a posture of its own, which the one in force points to.

using System.Runtime.InteropServices;
using Eider.Core.Abi;

namespace Eider.Core.Policy;

internal sealed partial class PostureCompiler
{
    /// <summary>Adds the posture that would hold were audited policies enforced, where it differs in more than names, which have tiers of their own.</summary>
    /// <param name="number">Of the posture in force, which comes to point to it.</param>
    /// <exception cref="PolicyException">There are too many rules.</exception>
    public void AddTried(uint number, PolicyBits selected)
    {
        var all = selected.Policies().ToArray();
        if (all.All(policy => !IsAudited(policy)))
        {
            return;
        }

        // On ports that audited policies alone look at, everything that is enforced elsewhere is news.
        var inForce = tables.Postures[(int)number].Flags;
        var isAllNews = inForce.HasFlag(PostureFlags.TryPorts);
        bool IsNews(int[] policies) => policies.Length > 0 && (isAllNews || policies.Any(IsAudited));

        conflict = PolicySeverity.Warning;
        var tried = default(PostureRecord);
        var (v4, v6) = (TargetOf(all, V4), TargetOf(all, V6));
        SetRedirect(ref tried, v4, v6);
        if (IsNews(Where(all, policy => policy.Resolvers.Count > 0)))
        {
            SetResolvers(ref tried, all);
        }

        if (StrictestRate(all) is { } strictest && IsNews([strictest]))
        {
            SetRate(ref tried, all);
        }

        if (IsNews(Where(all, Restricts)) && (isAllNews || !inForce.HasFlag(PostureFlags.Enforce)))
        {
            SetMalformed(ref tried, [.. all.OrderByDescending(IsAudited)]);
        }

        KeepAudited(ref tried, v4, v6);
        conflict = PolicySeverity.Error;
        if (tried.Flags != PostureFlags.None)
        {
            CollectionsMarshal.AsSpan(tables.Postures)[(int)number].Tried = (uint)tables.Postures.Count;
            tables.Postures.Add(tried);
        }
    }

    /// <summary>What an enforced policy redirects has gone there before it is judged.</summary>
    private void KeepAudited(ref PostureRecord tried, Target? v4, Target? v6)
    {
        tried.Flags &= v4 is { } first && IsAudited(first.Policy) ? ~PostureFlags.None : ~PostureFlags.RedirectV4;
        tried.Flags &= v6 is { } second && IsAudited(second.Policy) ? ~PostureFlags.None : ~PostureFlags.RedirectV6;
        if ((tried.Flags & (PostureFlags.RedirectV4 | PostureFlags.RedirectV6)) != 0)
        {
            var policy = tried.Flags.HasFlag(PostureFlags.RedirectV4) ? v4!.Value.Policy : v6!.Value.Policy;
            tried.RedirectRule = rules.Of(new KernelRule(policy, RulePart.Redirect, 0, null, PolicyAction.Allow, null));
        }
    }

    private bool IsAudited(int policy) => Policy(policy).Mode == PolicyMode.Audit;

    private int[] Where(int[] policies, Func<DnsPolicy, bool> holds) => [.. policies.Where(policy => holds(Policy(policy)))];
}
