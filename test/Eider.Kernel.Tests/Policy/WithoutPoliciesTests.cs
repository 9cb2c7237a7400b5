// An agent that only observes starts at once: what could only judge is neither loaded nor verified.

using System.Net;
using Eider.Core.Sensors;
using Eider.Kernel.Tests.Bpf;
using Eider.Kernel.Tests.Wire;

namespace Eider.Kernel.Tests.Policy;

public sealed class WithoutPoliciesTests
{
    [KernelFact]
    public void Sensor_without_policies_has_no_programs_that_only_judge()
    {
        using var sensor = KernelSensor.Load(KernelObject.Read(), new SensorOptions { HasPolicies = false });

        Assert.Contains(sensor.Programs, program => program.Name == "dns_egress");
        Assert.Contains(sensor.Programs, program => program.Name == "undelivered_response");
        Assert.DoesNotContain(sensor.Programs, program => program.Name.StartsWith("wire_", StringComparison.Ordinal));
        Assert.DoesNotContain(sensor.Programs, program => program.Name.StartsWith("redirect_", StringComparison.Ordinal));
    }

    [KernelTheory]
    [InlineData("dns_egress")]
    [InlineData("dns_ingress")]
    public void Verifier_does_not_walk_what_judges_where_there_are_no_policies(string program)
    {
        Assert.SkipWhen(Environment.OSVersion.Version < new Version(6, 8), "kernels before 6.8 verify functions that nothing calls too");
        using var observing = KernelSensor.Load(KernelObject.Read(), new SensorOptions { HasPolicies = false });
        using var judging = KernelSensor.Load(KernelObject.Read(), new SensorOptions());

        var (walked, all) = (observing.Program(program).Info().VerifiedInstructions, judging.Program(program).Info().VerifiedInstructions);

        Assert.True(walked < all / 4, $"{walked} instructions without policies, {all} with them");
    }

    [KernelFact]
    public void Full_ring_costs_counted_records_and_no_packets()
    {
        const int Packets = 2_000;
        using var sensor = KernelSensor.Load(KernelObject.Read(), new SensorOptions { HasPolicies = false, RingSize = 64 << 10 });
        var query = new Frame(new IPEndPoint(IPAddress.Parse("192.0.2.1"), 40_000), new IPEndPoint(IPAddress.Parse("192.0.2.2"), 53), new Query("www.example.com").Message());

        var run = sensor.Program("dns_egress").TestRun(query.ToBytes(), repeat: Packets);
        var read = 0;
        sensor.Ring.Drain(ref read, static (ReadOnlySpan<byte> _, ref int count) => count++);

        Assert.Equal(1, run.ReturnValue);
        Assert.InRange(read, 1, Packets - 1);
        Assert.Equal(Packets - read, sensor.ReadCounters().Single(value => value.Counter.Name == "ring_full").Value);
        Assert.Equal(Packets, sensor.ReadCounters().Single(value => value.Counter.Name == "dns_packets").Value);
    }
}
