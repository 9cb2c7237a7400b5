// icmp.bpf.c and the wire layer by test-run: which ICMP errors are counted. One sentence a case.

using Eider.Core.Sensors;
using Eider.Kernel.Tests.Bpf;
using Xunit;

namespace Eider.Kernel.Tests.Wire;

/// <summary>Verifying takes longer than all cases.</summary>
public sealed class IcmpSensors : IDisposable
{
    public IcmpSensors()
    {
        // Without privileges the tests are skipped, and there is nothing to load.
        if (Environment.IsPrivilegedProcess)
        {
            Loaded = [(Load(hasPolicies: false), ["icmp_received"]), (Load(hasPolicies: true), ["wire_received", "wire_workload"])];
        }
    }

    public (KernelSensor Sensor, string[] Programs)[] Loaded { get; } = [];

    public void Dispose() => Array.ForEach(Loaded, static loaded => loaded.Sensor.Dispose());

    private static KernelSensor Load(bool hasPolicies) => KernelSensor.Load(KernelObject.Read(), new SensorOptions { HasPolicies = hasPolicies });
}

public sealed class IcmpErrorTests(IcmpSensors sensors) : IClassFixture<IcmpSensors>
{
    private static readonly byte[] Client4 = [192, 0, 2, 1], Server4 = [198, 51, 100, 53];
    private static readonly byte[] Client6 = [0x20, 1, 0xd, 0xb8, .. new byte[11], 1], Server6 = [0x20, 1, 0xd, 0xb8, .. new byte[11], 0x53];

    [KernelTheory]
    [InlineData("a question whose port is unreachable", 3, 3, 40_000, 53, 0, true)]
    [InlineData("a question that is too big", 3, 4, 40_000, 53, 1_400, true)]
    [InlineData("a question that is to go another way", 5, 1, 40_000, 53, 0, true)]
    [InlineData("an answer that is to be cut to 575 octets", 3, 4, 53, 40_000, 575, true)]
    [InlineData("an answer that some path needs smaller", 3, 4, 53, 40_000, 576, false)]
    [InlineData("an answer that came too late", 3, 3, 53, 40_000, 0, false)]
    [InlineData("a packet that is no business of DNS", 3, 3, 40_000, 123, 0, false)]
    [InlineData("multicast DNS", 3, 3, 5353, 5353, 0, false)]
    [InlineData("a question that lived too long", 11, 0, 40_000, 53, 0, false)]
    public void Error_of_ipv4_about(string what, byte type, byte code, ushort from, ushort to, int mtu, bool isCounted)
    {
        byte[] icmp = [type, code, 0, 0, 0, 0, (byte)(mtu >> 8), (byte)mtu, .. V4(Client4, Server4, 17, Udp(from, to))];

        AssertCounted(isCounted, what, [0x08, 0x00, .. V4(Server4, Client4, 1, icmp)]);
    }

    [KernelTheory]
    [InlineData("a question whose port is unreachable", 1, 4, 40_000, 53, 0, "", true)]
    [InlineData("a question that is too big", 2, 0, 40_000, 53, 1_280, "", true)]
    [InlineData("a question behind a hop-by-hop header", 2, 0, 40_000, 53, 1_280, "hop", true)]
    [InlineData("a question that is to go another way", 137, 0, 40_000, 53, 0, "", true)]
    [InlineData("a question that was quoted in fragments", 1, 4, 40_000, 53, 0, "fragment", true)]
    [InlineData("a later fragment", 1, 4, 40_000, 53, 0, "later", false)]
    [InlineData("an answer that is to be cut to 1,279 octets", 2, 0, 53, 40_000, 1_279, "", true)]
    [InlineData("an answer that some path needs smaller", 2, 0, 53, 40_000, 1_280, "", false)]
    [InlineData("an answer, with an MTU beyond 16 bits", 2, 0, 53, 40_000, 0x10100, "", false)]
    public void Error_of_ipv6_about(string what, byte type, byte code, ushort from, ushort to, int mtu, string headers, bool isCounted)
    {
        byte[] udp = Udp(from, to);
        byte[] fragment = headers switch { "fragment" => [17, 0, 0, 1, 0, 0, 0, 9], "later" => [17, 0, 0, 8, 0, 0, 0, 9], _ => [] };
        byte[] quoted = V6(Client6, Server6, fragment.Length > 0 ? (byte)44 : (byte)17, [.. fragment, .. udp]);
        byte[] options = type == 137 ? [.. Server6, .. Server6, 2, 1, 0, 0, 0, 0, 0, 0, 4, (byte)(1 + (quoted.Length / 8)), 0, 0, 0, 0, 0, 0] : [];
        byte[] icmp = [type, code, 0, 0, 0, (byte)(mtu >> 16), (byte)(mtu >> 8), (byte)mtu, .. options, .. quoted];
        byte[] packet = headers == "hop" ? V6(Server6, Client6, 0, [58, 0, 1, 4, 0, 0, 0, 0, .. icmp]) : V6(Server6, Client6, 58, icmp);

        AssertCounted(isCounted, what, [0x86, 0xdd, .. packet]);
    }

    /// <summary>With and without VLAN tags, by both programs that take in what comes from elsewhere, and by that of workloads.</summary>
    private void AssertCounted(bool isCounted, string what, byte[] typeAndPacket)
    {
        byte[] addresses = [2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2];
        byte[][] frames = [[.. addresses, .. typeAndPacket], [.. addresses, 0x88, 0xa8, 0, 5, 0x81, 0, 0, 7, .. typeAndPacket]];
        foreach (var (sensor, programs) in sensors.Loaded)
        {
            foreach (var (program, frame) in programs.SelectMany(_ => frames, (program, frame) => (program, frame)))
            {
                var before = Quotes(sensor);
                sensor.Program(program).TestRun(frame);
                Assert.True(Quotes(sensor) - before == (isCounted ? 1 : 0), $"{program}: {what}");
            }
        }
    }

    private static long Quotes(KernelSensor sensor) => sensor.ReadCounters().Single(value => value.Counter.Name == "icmp_quotes").Value;

    private static byte[] Udp(ushort from, ushort to) => [(byte)(from >> 8), (byte)from, (byte)(to >> 8), (byte)to, 0, 12, 0, 0, 0, 0, 0x81, 0x80];

    private static byte[] V4(byte[] source, byte[] destination, byte protocol, byte[] payload) =>
        [0x45, 0, 0, (byte)(20 + payload.Length), 0, 1, 0, 0, 64, protocol, 0, 0, .. source, .. destination, .. payload];

    private static byte[] V6(byte[] source, byte[] destination, byte next, byte[] payload) => [0x60, 0, 0, 0, 0, (byte)payload.Length, next, 64, .. source, .. destination, .. payload];
}
