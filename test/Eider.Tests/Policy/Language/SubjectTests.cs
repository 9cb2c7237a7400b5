// Who is selected: one table for each kind of subject, against workloads as cgroup paths and the directory show them.

using Eider.Core;
using Eider.Core.Policy;
using Xunit;
using static Eider.Tests.Policy.Language.Reading;

namespace Eider.Tests.Policy.Language;

public sealed class SubjectTests
{
    private const string PodUid = "7f3c1c9e-0d5b-4b0e-9a53-6f0f6f1f8a11";
    private const string ContainerId = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";
    private const string PodPath = "/kubepods.slice/kubepods-burstable.slice/kubepods-burstable-pod7f3c1c9e_0d5b_4b0e_9a53_6f0f6f1f8a11.slice/cri-containerd-" + ContainerId + ".scope";

    private static readonly WorkloadDirectory Directory = WorkloadFile.Parse($$$"""
        pods: [{podUid: {{{PodUid}}}, namespace: shop, name: web-0, labels: {app: web, tier: front}}]
        namespaces: [{name: shop, labels: {team: sales}}]
        """, "pods.yaml", out _)!;

    [Theory]
    [InlineData("/system.slice/nginx.service", "/system.slice/nginx.service", true)]
    [InlineData("/system.slice/nginx.service", "/system.slice/nginx.service/worker", true)] // made by the workload itself
    [InlineData("/system.slice/nginx.service", "/system.slice/nginx.service2", false)]
    [InlineData("/system.slice/nginx.service", "/system.slice", false)]
    [InlineData("/system.slice/nginx.service", "/user.slice/system.slice/nginx.service", false)]
    [InlineData("/system.slice/nginx*.service", "/system.slice/nginx@blue.service", true)]
    [InlineData("/system.slice/*", "/system.slice/a.service", true)]
    [InlineData("/system.slice/*", "/system.slice", false)]
    [InlineData("/*.slice/nginx.service", "/a/b.slice/nginx.service", false)]
    [InlineData("/**", "/", true)]
    [InlineData("/**", "/a/b/c", true)]
    [InlineData("/**/nginx.service", "/nginx.service", true)]
    [InlineData("/**/nginx.service", "/a/b/nginx.service/c", true)]
    [InlineData("/a/**/c", "/a/c", true)]
    [InlineData("/a/**/c", "/a/b/b/c", true)]
    [InlineData("/a/**/c", "/a/b/b", false)]
    [InlineData("/a/**/b/**/c", "/a/b/x/b/y/c/z", true)]
    [InlineData("/a/**/b/**/c", "/a/c/b", false)]
    [InlineData("/a/**/b/c", "/a/b/b/b/c", true)]
    [InlineData("/a/?", "/a/b", true)]
    [InlineData("/a/?", "/a/bc", false)]
    [InlineData("/A", "/a", false)]
    public void Cgroup_is_selected_with_everything_below(string pattern, string path, bool isSelected) =>
        Assert.Equal(isSelected, Subject($"cgroup: '{pattern}'").Matches(At(path)));

    [Fact]
    public void Unresolved_cgroup_is_selected_by_no_path() =>
        Assert.False(Subject("cgroup: /**").Matches(Workload.Of(new CgroupInfo(7, null), WorkloadDirectory.Empty)));

    [Fact]
    public void Hostile_path_costs_no_more_than_its_length_times_the_pattern() =>
        Assert.False(Subject("cgroup: /**/a/**/a/**/a/**/a/**/a/**/a/**/b").Matches(At(string.Concat(Enumerable.Repeat("/a", 2000)))));

    [Theory]
    [InlineData("nginx.service", "/system.slice/nginx.service", true)]
    [InlineData("nginx.service", "/system.slice/nginx.service/worker", true)]
    [InlineData("nginx*.service", "/system.slice/system-nginx.slice/nginx@a.service", true)]
    [InlineData("system.slice", "/system.slice/nginx.service", true)]
    [InlineData("system-nginx.slice", "/system.slice/system-nginx.slice/nginx@a.service", true)]
    [InlineData("user@1000.service", "/user.slice/user-1000.slice/user@1000.service/app.slice/nginx.service", true)]
    [InlineData("nginx.service", "/user.slice/user-1000.slice/user@1000.service/app.slice/nginx.service", false)] // a name of the user's choice
    [InlineData("app.slice", "/user.slice/user-1000.slice/user@1000.service/app.slice/nginx.service", false)]
    [InlineData("nginx.service", "/nginx.service", true)]
    [InlineData("nginx.service", "/machine/nginx.service", false)]
    [InlineData("nginx.service", "/", false)]
    public void Unit_is_one_of_the_systems_service_manager(string unit, string path, bool isSelected) =>
        Assert.Equal(isSelected, Subject($"systemdUnit: {unit}").Matches(At(path)));

    [Theory]
    [InlineData("containerId: 0123456789ab", true)]
    [InlineData("containerId: " + ContainerId, true)]
    [InlineData("containerId: 123456789abc", false)]
    [InlineData("podUid: " + PodUid, true)]
    [InlineData("podUid: 00000000-0d5b-4b0e-9a53-6f0f6f1f8a11", false)]
    [InlineData("all: true", true)]
    public void Pod_is_selected_by_what_its_path_says(string subject, bool isSelected) => Assert.Equal(isSelected, Subject(subject).Matches(At(PodPath)));

    [Theory]
    [InlineData("podSelector: {}", true)]
    [InlineData("podSelector: {matchLabels: {app: web}}", true)]
    [InlineData("podSelector: {matchLabels: {app: web, tier: back}}", false)]
    [InlineData("podSelector: {matchExpressions: [{key: app, operator: In, values: [api, web]}]}", true)]
    [InlineData("podSelector: {matchExpressions: [{key: app, operator: NotIn, values: [web]}]}", false)]
    [InlineData("podSelector: {matchExpressions: [{key: zone, operator: NotIn, values: [a]}]}", true)]
    [InlineData("podSelector: {matchExpressions: [{key: zone, operator: In, values: [a]}]}", false)]
    [InlineData("podSelector: {matchExpressions: [{key: app, operator: Exists}, {key: zone, operator: DoesNotExist}]}", true)]
    [InlineData("podSelector: {matchExpressions: [{key: app, operator: Exists}, {key: tier, operator: DoesNotExist}]}", false)]
    [InlineData("namespaceSelector: {matchLabels: {team: sales}}", true)]
    [InlineData("namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: shop}}", true)]
    [InlineData("namespaceSelector: {matchLabels: {team: ops}}", false)]
    [InlineData("namespaceSelector: {}", true)]
    [InlineData("namespaceSelector: {matchLabels: {team: sales}}, podSelector: {matchLabels: {app: db}}", false)]
    [InlineData("namespaceSelector: {matchLabels: {team: sales}}, podSelector: {matchLabels: {app: web}}", true)]
    public void Pod_is_selected_by_labels(string subject, bool isSelected)
    {
        var policy = OnlyPolicy(ClusterSpec("").Replace("{all: true}", $"{{{subject}}}", StringComparison.Ordinal));

        Assert.Equal(isSelected, policy.Selects(At(PodPath)));
        Assert.False(policy.Selects(At("/system.slice/nginx.service")));
    }

    [Fact]
    public void Pod_that_the_directory_does_not_know_is_selected_by_no_label() =>
        Assert.False(new PodSubject(LabelSelector.Everything, null) { Place = default }.Matches(Workload.Of(new CgroupInfo(7, PodPath), WorkloadDirectory.Empty)));

    [Theory]
    [InlineData("shop", "all: true", PodPath, true)]
    [InlineData("shop", "podSelector: {}", PodPath, true)]
    [InlineData("shop", "cgroup: /**", PodPath, true)]
    [InlineData("other", "all: true", PodPath, false)]
    [InlineData("other", "podSelector: {}", PodPath, false)]
    [InlineData("other", "cgroup: /**", PodPath, false)]
    [InlineData("other", "podUid: " + PodUid, PodPath, false)]
    [InlineData("shop", "all: true", "/system.slice/nginx.service", false)] // pods, where there is a namespace
    [InlineData("shop", "cgroup: /**", "/system.slice/nginx.service", true)]
    public void Policy_with_a_namespace_never_reaches_pods_of_another(string space, string subject, string path, bool isSelected)
    {
        var text = Spec("").Replace("{all: true}", $"{{{subject}}}", StringComparison.Ordinal).Replace("{name: web}", $"{{name: web, namespace: {space}}}", StringComparison.Ordinal);
        Assert.Equal(isSelected, OnlyPolicy(text).Selects(At(path)));
    }

    [Fact]
    public void User_selects_no_workload_whole()
    {
        var policy = OnlyPolicy(Spec("").Replace("{all: true}", "{user: 1000}", StringComparison.Ordinal));

        Assert.False(policy.Selects(At("/system.slice/nginx.service")));
        Assert.True(policy.Covers(At("/system.slice/nginx.service")));
        Assert.Equal(1000u, Assert.Single(policy.Users).Uid);
    }

    [Fact]
    public void Workload_is_what_path_and_directory_say()
    {
        var workload = At(PodPath);

        Assert.Equal((PodUid, ContainerId, "shop", "web-0"), (workload.PodUid, workload.ContainerId, workload.Namespace, workload.PodName));
        Assert.Equal($"cri-containerd-{ContainerId}.scope", workload.Unit);
        Assert.Equal(("front", "sales"), (workload.Labels["tier"], workload.NamespaceLabels["team"]));
    }

    private static Workload At(string path) => Workload.Of(new CgroupInfo(7, path), Directory);

    private static Subject Subject(string subject) =>
        Assert.Single(OnlyPolicy(Spec("").Replace("{all: true}", $"{{{subject}}}", StringComparison.Ordinal)).Subjects);
}
