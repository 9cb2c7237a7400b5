// How often may be asked: counted in queries, since a test cannot wait for seconds and be right.

using Eider.Lab;
using Xunit;

namespace Eider.Kernel.Tests.Enforcement;

[Collection(EnforcedLabCollection.Name)]
public sealed class RateTests(EnforcedLab enforced)
{
    private const int Refused = 5;

    [Fact]
    public void Burst_passes_and_what_is_past_it_is_refused_to_all_processes_of_the_workload()
    {
        var first = Ask("limited", "one", LabPolicies.Burst + 3);
        var second = Ask("limited", "two", 2);

        Assert.Equal([.. Enumerable.Repeat(0, LabPolicies.Burst), Refused, Refused, Refused], first);
        Assert.Equal([Refused, Refused], second);
        Assert.Equal("rate", enforced.Agent.WaitForExchange($"two-0.{LabZone.Clients}").Verdict?.Reason);
    }

    [Fact]
    public void Containers_of_a_pod_share_its_rate_and_none_gets_another_by_a_cgroup_of_its_own()
    {
        var pod = enforced.Lab.Workload("limited-containers");
        Assert.Equal([.. Enumerable.Repeat(0, LabPolicies.Burst)], Ask(pod.Name, "main", LabPolicies.Burst));

        Assert.Equal([Refused, Refused], AskIn($"../cri-containerd-{new string('b', 64)}.scope", "sidecar"));
        Assert.Equal([Refused, Refused], AskIn("nested", "nested"));

        IReadOnlyList<int> AskIn(string cgroup, string label) =>
            Asked.In(cgroup, pod, "many", enforced.Lab.ResolverV4, $"{label}-%.{LabZone.Clients}", "count=2").Numbers("rcodes");
    }

    [Fact]
    public void Rate_of_processes_is_each_process_s_own()
    {
        Assert.Equal([.. Enumerable.Repeat(0, LabPolicies.Burst), Refused], Ask("limited-each", "first", LabPolicies.Burst + 1));
        Assert.Equal([.. Enumerable.Repeat(0, LabPolicies.Burst), Refused], Ask("limited-each", "second", LabPolicies.Burst + 1));
    }

    [Fact]
    public void Rate_comes_back_with_time()
    {
        var asked = Asked.By(enforced.Lab.Workload("refilled"), "until_refilled", enforced.Lab.ResolverV4, $"again-%.{LabZone.Clients}");

        Assert.True(asked.Numbers("used")[0] >= LabPolicies.Burst, asked.Said);
        Assert.True(asked.Numbers("refused")[0] > 0, asked.Said);
    }

    private IReadOnlyList<int> Ask(string workload, string label, int count) =>
        Asked.By(enforced.Lab.Workload(workload), "many", enforced.Lab.ResolverV4, $"{label}-%.{LabZone.Clients}", $"count={count}").Numbers("rcodes");
}
