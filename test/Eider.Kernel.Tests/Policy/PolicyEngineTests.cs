// The engine on files, lists, pods and cgroups that change under it; verdicts are the kernel's.

using System.Text;
using Eider.Core;
using Eider.Core.Policy;
using Eider.Kernel.Tests.Bpf;

namespace Eider.Kernel.Tests.Policy;

public sealed class PolicyEngineTests
{
    private const string Nginx = """
        apiVersion: eider.dev/v1alpha1
        kind: DnsPolicy
        metadata: {name: web}
        spec:
          subjects: [{cgroup: "/eider-lab.slice/nginx*"}]
          rules: [{action: deny, names: ["*.evil.example"]}]
        """;

    private const string Listed = """
        apiVersion: eider.dev/v1alpha1
        kind: ClusterDnsPolicy
        metadata: {name: all}
        spec:
          subjects: [{all: true}]
          rules: [{action: deny, lists: [threats]}]
        ---
        apiVersion: eider.dev/v1alpha1
        kind: DomainList
        metadata: {name: threats}
        spec: {source: {file: LIST}}
        """;

    private const string Pod = """
        apiVersion: eider.dev/v1alpha1
        kind: DnsPolicy
        metadata: {name: pods, namespace: shop}
        spec:
          subjects: [{podSelector: {matchLabels: {app: web}}}]
          default: deny
        """;

    [KernelFact]
    public void Policies_in_a_folder_are_in_force_when_it_has_started()
    {
        using var lab = new EngineLab().Policy("web.yaml", Nginx).Start();

        var denied = lab.Explain("cgroup=/eider-lab.slice/nginx.service", "www.evil.example");
        var allowed = lab.Explain("cgroup=/eider-lab.slice/other.service", "www.evil.example");

        Assert.Equal((VerdictAction.Deny, VerdictReason.Name), (denied.Action, denied.Reason));
        Assert.Equal(("web", "rules[0]", "*.evil.example"), (denied.Rule!.Policy.Name, denied.Rule.Rule, denied.Rule.Pattern));
        Assert.Equal(VerdictAction.Allow, allowed.Action);
        Assert.Empty(allowed.Selected);
        var status = lab.Engine.Status;
        Assert.Equal((1u, 1, 1L, null), (status.Generation, status.Policies, status.Names, status.Trouble));
    }

    [KernelFact]
    public void Bad_new_version_leaves_the_old_one_in_force_and_says_where_it_is_bad()
    {
        using var lab = new EngineLab().Policy("web.yaml", Nginx).Start();

        lab.Policy("web.yaml", Nginx.Replace("deny,", "blok,", StringComparison.Ordinal)).Look();

        Assert.Contains("web.yaml:6:20: ", lab.Engine.Status.Trouble, StringComparison.Ordinal);
        Assert.Equal(VerdictAction.Deny, lab.Explain("/eider-lab.slice/nginx.service", "www.evil.example").Action);

        lab.Policy("web.yaml", Nginx.Replace("evil", "wicked", StringComparison.Ordinal)).Look();

        Assert.Null(lab.Engine.Status.Trouble);
        Assert.Equal(VerdictAction.Allow, lab.Explain("/eider-lab.slice/nginx.service", "www.evil.example").Action);
        Assert.Equal(VerdictAction.Deny, lab.Explain("/eider-lab.slice/nginx.service", "www.wicked.example").Action);
    }

    [KernelFact]
    public void File_that_is_still_being_written_is_left_until_it_rests()
    {
        using var lab = new EngineLab().Policy("web.yaml", Nginx).Start();

        lab.Policy("web.yaml", Nginx.Replace("evil", "half", StringComparison.Ordinal));
        lab.Engine.Turn();
        lab.Policy("web.yaml", Nginx.Replace("evil", "whole", StringComparison.Ordinal));
        lab.Engine.Turn();

        Assert.Equal(1u, lab.Engine.Status.Generation);
        lab.Engine.Turn();
        Assert.Equal(VerdictAction.Deny, lab.Explain("/eider-lab.slice/nginx.service", "www.whole.example").Action);
    }

    [KernelFact]
    public void Policies_with_errors_do_not_start_where_nothing_is_in_force()
    {
        using var lab = new EngineLab().Policy("web.yaml", "kind: [");

        var refused = Assert.Throws<PolicyException>(() => lab.Start());

        Assert.Contains("web.yaml:2:1: ", refused.Message, StringComparison.Ordinal);
    }

    [KernelFact]
    public void What_an_earlier_agent_left_in_force_stays_when_the_files_are_bad_now()
    {
        using var lab = new EngineLab().Policy("web.yaml", Nginx).Start();
        lab.Policy("web.yaml", "kind: [").Start();

        Assert.Equal(1u, lab.Engine.Status.Generation);
        Assert.Contains("web.yaml:2:1: ", lab.Engine.Status.Trouble, StringComparison.Ordinal);

        lab.Policy("web.yaml", Nginx).Look();

        Assert.Equal(2u, lab.Engine.Status.Generation);
    }

    [KernelFact]
    public void List_that_changes_is_enforced_anew_and_one_that_goes_bad_is_not()
    {
        using var lab = new EngineLab();
        lab.File_("threats.txt", "evil.example\n").Policy("all.yaml", Listed.Replace("LIST", lab.PathOf("threats.txt"), StringComparison.Ordinal)).Start();

        var before = lab.Explain("/", "a.evil.example");
        lab.File_("threats.txt", "# another\nother.example\n").Policy("touch.yaml", Nginx).Look();
        var after = lab.Explain("/", "a.evil.example");
        lab.File_("threats.txt", "\0\0\0\0").Policy("touch.yaml", Nginx.Replace("evil", "new", StringComparison.Ordinal)).Look();

        Assert.Equal((VerdictAction.Deny, "threats", "*.evil.example", 1L), (before.Action, before.Rule!.List, before.Rule.Pattern, before.Rule.ListLine));
        Assert.Equal(VerdictAction.Allow, after.Action);
        Assert.Equal(VerdictAction.Deny, lab.Explain("/", "other.example").Action);
        Assert.Contains(lab.Engine.Status.Notes, note => note.Contains("threats", StringComparison.Ordinal));
    }

    [KernelFact]
    public void Cgroup_that_appears_gets_its_posture_at_once_and_what_is_within_inherits()
    {
        using var lab = new EngineLab().Policy("web.yaml", Nginx).Start();
        const ulong Slice = 1UL << 40;
        lab.Engine.OnCgroupCreated(Slice, "/eider-lab.slice\0"u8);

        lab.Engine.OnCgroupCreated(Slice + 1, "/eider-lab.slice/nginx.service\0"u8);
        var first = lab.EntryOf(Slice + 1);
        lab.Engine.Turn();
        lab.Engine.OnCgroupCreated(Slice + 2, "/eider-lab.slice/nginx2.service"u8);
        lab.Engine.OnCgroupCreated(Slice + 3, "/eider-lab.slice/nginx2.service/own-making"u8);
        lab.Engine.OnCgroupCreated(Slice + 4, "/eider-lab.slice/other.service"u8);

        Assert.Null(first);
        Assert.NotNull(lab.EntryOf(Slice + 1));
        Assert.Equal(lab.EntryOf(Slice + 1), lab.EntryOf(Slice + 2));
        Assert.Equal((null, null, null), (lab.EntryOf(Slice), lab.EntryOf(Slice + 3), lab.EntryOf(Slice + 4)));
        lab.Engine.OnCgroupRemoved(Slice + 2);
        Assert.Null(lab.EntryOf(Slice + 2));
    }

    [KernelFact]
    public void Cgroups_of_one_workload_deeper_than_the_kernel_looks_have_entries_of_their_own()
    {
        using var lab = new EngineLab().Policy("web.yaml", Nginx).Start();
        var path = "/eider-lab.slice/nginx.service";
        var ids = new List<ulong>();
        for (var level = 0; level < 30; level++)
        {
            ids.Add((1UL << 40) + (ulong)level);
            lab.Engine.OnCgroupCreated(ids[^1], Encoding.UTF8.GetBytes(path));
            lab.Engine.Turn();
            path += "/x";
        }

        var entries = ids.Select(lab.EntryOf).ToArray();

        Assert.Equal(entries[0], entries[8]);
        for (var level = 0; level < entries.Length; level++)
        {
            Assert.Contains(entries[Math.Max(0, level - 15)..(level + 1)], entry => entry is not null);
        }
    }

    [KernelFact]
    public void Pod_that_becomes_known_gets_the_policies_of_its_labels()
    {
        const string Uid = "11111111-2222-3333-4444-555555555555";
        using var lab = new EngineLab().Policy("pods.yaml", Pod).File_("pods.yaml", "pods: []\n").Start(withPods: true);
        const ulong Id = 1UL << 41;
        lab.Engine.OnCgroupCreated(Id, Encoding.UTF8.GetBytes($"/kubepods/pod{Uid}"));
        Assert.Null(lab.EntryOf(Id));

        lab.File_("pods.yaml", $"pods: [{{podUid: {Uid}, namespace: shop, name: web-0, labels: {{app: web}}}}]\n").Look();

        Assert.NotNull(lab.EntryOf(Id));
        Assert.Equal(VerdictAction.Deny, lab.Explain("pod=shop/web-0", "any.example").Action);
        Assert.Equal(VerdictReason.Default, lab.Explain($"pod={Uid}", "any.example").Reason);

        lab.File_("pods.yaml", $"pods: [{{podUid: {Uid}, namespace: shop, name: web-0, labels: {{app: db}}}}]\n").Look();

        Assert.Null(lab.EntryOf(Id));
    }

    [KernelFact]
    public void Verdicts_of_the_generation_before_keep_their_names()
    {
        using var lab = new EngineLab().Policy("web.yaml", Nginx).Start();
        lab.Explain("/eider-lab.slice/nginx.service", "www.evil.example");
        var old = new KernelVerdict(lab.Engine.Status.Generation, 1, 0, (byte)VerdictAction.Deny, (byte)VerdictReason.Name, 0);
        var ancient = lab.Engine.Describe(old);
        lab.Policy("web.yaml", Nginx.Replace("name: web", "name: new", StringComparison.Ordinal)).Look();
        lab.Explain("/eider-lab.slice/nginx.service", "www.evil.example");

        Assert.Equal("web", ancient!.Policy);
        Assert.Equal("web", lab.Engine.Describe(old)!.Policy);
        Assert.Equal("new", lab.Engine.Describe(old with { Generation = lab.Engine.Status.Generation })!.Policy);
        lab.Policy("web.yaml", Nginx).Look();
        Assert.Equal((VerdictAction.Deny, VerdictReason.Name, null), (lab.Engine.Describe(old)!.Action, lab.Engine.Describe(old)!.Reason, lab.Engine.Describe(old)!.Policy));
        Assert.Null(lab.Engine.Describe(default));
    }

    [KernelFact]
    public void Conflict_in_a_new_version_is_refused_and_both_policies_are_named()
    {
        const string Redirects = """
            apiVersion: eider.dev/v1alpha1
            kind: DnsPolicy
            metadata: {name: one}
            spec: {subjects: [{cgroup: "/**"}], redirect: "10.0.0.1:53"}
            ---
            apiVersion: eider.dev/v1alpha1
            kind: DnsPolicy
            metadata: {name: two}
            spec: {subjects: [{cgroup: "/**"}], redirect: "10.0.0.2:53"}
            """;
        using var lab = new EngineLab().Policy("web.yaml", Nginx).Start();

        lab.Policy("redirects.yaml", Redirects).Look();

        Assert.Contains("policies one and two redirect the same workload", lab.Engine.Status.Trouble, StringComparison.Ordinal);
        Assert.Equal(1u, lab.Engine.Status.Generation);
    }
}
