// What a packet that is not DNS pays for Eider being attached: the difference to a program that does nothing, in the same run.

using System.Diagnostics;
using Eider.Bpf;

namespace Eider.Bench;

internal static class KernelOverhead
{
    private const int Rounds = 31;
    private const int RunsARound = 1_000_000;

    /// <summary>Of the socket layer.</summary>
    public static IEnumerable<Measurement> Measure()
    {
        using var sensor = BenchObject.Load();
        var packet = Packets.Frame(Packets.UdpV4(clientPort: 40000, serverPort: 443, payload: new byte[64]));
        var empty = sensor.Program("bench_empty");
        var worst = Math.Max(Overhead(sensor.Program("dns_egress"), empty, packet), Overhead(sensor.Program("dns_ingress"), empty, packet));
        yield return Measurement.AtMost("kernel.nondns.overhead_ns", worst, "ns", 10);
    }

    /// <summary>Of the wire layer.</summary>
    public static IEnumerable<Measurement> MeasureWire()
    {
        using var sensor = BenchObject.Load();
        var packet = Packets.Frame(Packets.UdpV4(clientPort: 40000, serverPort: 443, payload: new byte[64]));
        var empty = sensor.Program("bench_empty_wire");
        yield return Measurement.AtMost("wire.nondns.overhead_ns", ResponseCost.WirePrograms.Max(name => Overhead(sensor.Program(name), empty, packet)), "ns", 10);
    }

    private static double Overhead(BpfProgram program, BpfProgram empty, byte[] packet)
    {
        List<double> differences = [];
        for (var round = 0; round < Rounds; round++)
        {
            // One right after the other, so that both meet the same clock frequency and neighbours.
            var nothing = NsARun(empty, packet);
            differences.Add(NsARun(program, packet) - nothing);
        }

        return Measurement.Median(differences);
    }

    // The kernel's own figure is in whole nanoseconds: too coarse here.
    private static double NsARun(BpfProgram program, byte[] packet)
    {
        var begun = Stopwatch.GetTimestamp();
        program.TestRun(packet, repeat: RunsARound);
        return Stopwatch.GetElapsedTime(begun).TotalNanoseconds / RunsARound;
    }
}
