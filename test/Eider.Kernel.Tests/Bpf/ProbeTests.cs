// Probes tell what works on this kernel, and agree with what the other tests do on it.

using Eider.Bpf;

namespace Eider.Kernel.Tests.Bpf;

public sealed class ProbeTests
{
    [KernelFact]
    public void Everything_the_tests_use_is_reported_as_available()
    {
        var results = BpfProbe.All();

        Assert.Equal(results.Count, results.Select(result => result.Name).Distinct().Count());
        Assert.All(results, result => Assert.True(result.Available, $"{result.Name}: {result.Detail}; {result.Mend}"));
        Assert.All(results, result => Assert.Null(result.Mend));
    }

    [KernelFact]
    public void What_no_kernel_has_is_reported_as_missing()
    {
        Assert.False(BpfProbe.HasProgramType((ProgramType)9999));
        Assert.False(BpfProbe.HasMapType((MapType)9999));
        Assert.False(BpfProbe.HasHelper(ProgramType.CgroupSkb, 9999));
        Assert.False(BpfProbe.HasTracing("no_such_tracepoint", AttachType.TraceRawTracepoint));
    }

    [KernelFact]
    public void Helper_of_another_program_type_is_reported_as_missing()
    {
        const int XdpAdjustHead = 44;

        Assert.True(BpfProbe.HasHelper(ProgramType.Xdp, XdpAdjustHead));
        Assert.False(BpfProbe.HasHelper(ProgramType.CgroupSkb, XdpAdjustHead));
    }

    [Theory]
    [InlineData("30 23 0:26 / /sys/fs/cgroup rw,nosuid shared:4 - cgroup2 cgroup2 rw,nsdelegate", "/sys/fs/cgroup", false)]
    [InlineData("31 30 0:27 / /sys/fs/cgroup/cpu rw - cgroup cgroup rw,cpu\n32 30 0:28 / /sys/fs/cgroup/unified rw shared:5 master:3 - cgroup2 none rw", "/sys/fs/cgroup/unified", true)]
    [InlineData("32 30 0:28 /deep /a rw - cgroup2 none rw\n33 30 0:28 / /with\\040blank\\134 rw - cgroup2 none rw", "/with blank\\", false)]
    public void Cgroup_mount_is_found_wherever_it_is(string mountInfo, string path, bool hybrid)
    {
        var mount = CgroupV2.Find(mountInfo.Split('\n'));

        Assert.Equal(new CgroupMount(path, "/", hybrid), mount);
    }

    [Theory]
    [InlineData("")]
    [InlineData("31 30 0:27 / /sys/fs/cgroup/cpu rw - cgroup cgroup rw,cpu")]
    [InlineData("garbage - cgroup2")]
    public void Cgroup_mount_that_is_not_there_is_not_found(string mountInfo) => Assert.Null(CgroupV2.Find(mountInfo.Split('\n')));

    [Theory]
    [InlineData("0\n", 1)]
    [InlineData("0-127", 128)]
    [InlineData("0,2-5,7\n", 6)]
    public void Possible_cpus_are_counted(string list, int count) => Assert.Equal(count, PossibleCpus.Parse(list));

    [Theory]
    [InlineData(0ul, "CAP_BPF, CAP_PERFMON, CAP_NET_ADMIN")]
    [InlineData(1ul << 39, "CAP_PERFMON, CAP_NET_ADMIN")]
    [InlineData(1ul << 21, "CAP_NET_ADMIN")]
    [InlineData(1ul << 39 | 1ul << 38 | 1ul << 12, "")]
    public void Missing_capabilities_are_named(ulong effective, string missing) => Assert.Equal(missing, string.Join(", ", new Capabilities(effective).MissingForBpf()));
}
