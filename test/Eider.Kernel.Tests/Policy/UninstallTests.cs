// `eider uninstall` on what an agent that is dead has left in the kernel.

using System.Diagnostics;
using Eider.Cli;
using Eider.Core.Config;
using Eider.Core.Sensors;
using Eider.Kernel.Tests.Bpf;
using Pins = Eider.Core.Sensors.PinDirectory;

namespace Eider.Kernel.Tests.Policy;

public sealed class UninstallTests
{
    /// <summary>For what the kernel does right after the last reference is gone.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    [KernelFact]
    public void Nothing_of_a_dead_agent_is_left_in_the_kernel()
    {
        using var cgroup = new TestCgroup();
        using var root = new Bpf.PinDirectory();
        using var output = new StringWriter();
        var pins = new Pins(Path.Combine(root.Path, "eider"));
        using (var sensor = KernelSensor.Load(KernelObject.Read(), new SensorOptions { Pins = pins }))
        {
            sensor.AttachSockets(cgroup.Path);
        }

        Assert.Contains("dns_egress", Attached(cgroup), StringComparison.Ordinal);
        Assert.True(pins.IsInUse);

        var folder = Directory.CreateTempSubdirectory("eider-uninstall-");
        try
        {
            UninstallVerb.Remove(output, pins, EiderConfig.Default with { Api = new ApiConfig { Socket = Path.Combine(folder.FullName, "run/eider.sock") } }, purge: false);
        }
        finally
        {
            folder.Delete(recursive: true);
        }

        Assert.Empty(Directory.GetFileSystemEntries(root.Path));
        Assert.Contains($"removed {pins.Root}/abi-{Pins.AbiVersion}/links/dns_egress\n", output.ToString(), StringComparison.Ordinal);
        Assert.True(BecomesEmpty(cgroup), $"still attached: {Attached(cgroup)}");
    }

    private static string Attached(TestCgroup cgroup) => Shell.Run($"bpftool cgroup show {cgroup.Path}");

    /// <summary>The kernel detaches a link whose last pin is gone a moment after, from a work queue.</summary>
    private static bool BecomesEmpty(TestCgroup cgroup)
    {
        var started = Stopwatch.GetTimestamp();
        while (Attached(cgroup).Length > 0)
        {
            if (Stopwatch.GetElapsedTime(started) > Patience)
            {
                return false;
            }
        }

        return true;
    }
}
