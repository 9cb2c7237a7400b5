// What a response pays for being judged, with a million names loaded and everything on: beside an empty program, in the same run.

using System.Buffers.Binary;
using Eider.Bpf;
using Eider.Core.Abi;
using Eider.Core.Policy;
using Eider.Core.Sensors;

namespace Eider.Bench;

internal static class ResponseCost
{
    /// <summary>Of the node's devices: where a workload's packets enter, where the node's own leave, where packets from elsewhere enter.</summary>
    public static readonly string[] WirePrograms = ["wire_workload", "wire_host", "wire_received"];

    private const ushort ClientPort = 40_000;
    private const uint Pass = 1;
    private const string Name = "www.shop.example.org";
    private const PostureFlags Everything = PostureFlags.Forged | PostureFlags.Rebinding | PostureFlags.Aliases;

    private static readonly byte[] Header = [0x12, 0x34, 0x81, 0x80, 0, 1, 0, 2, 0, 0, 0, 0];

    /// <summary>Two addresses.</summary>
    private static byte[] Plain => Response([.. Record(1, [192, 0, 2, 80]), .. Record(1, [192, 0, 2, 81])]);

    /// <summary>An alias, and the address that it leads to.</summary>
    private static byte[] Aliased => Response([.. Record(5, [3, (byte)'c', (byte)'d', (byte)'n', 0xc0, 16]), .. Record(1, [192, 0, 2, 80])]);

    private static byte[] Private => Response([.. Record(1, [10, 0, 0, 1]), .. Record(1, [10, 0, 0, 2])]);

    /// <summary>The answer to another question.</summary>
    private static byte[] Unasked => Packets.Frame(Packets.UdpV4Response(serverPort: 53, ClientPort, [.. Header, .. VerdictCost.Message("www.shop.example.com")[Header.Length..]]));

    /// <summary>The wire layer: the worst of its programs, which see a response once for each device of the node that it crosses.</summary>
    public static IEnumerable<Measurement> MeasureWire()
    {
        using var sensor = BenchObject.Load();
        using var maps = new PolicyMaps(sensor.Map);
        var empty = sensor.Program("bench_empty_wire");
        double Worst(byte[] packet) => WirePrograms.Max(name => VerdictCost.Overhead(sensor, sensor.Program(name), empty, packet));

        yield return Measurement.Of("wire.response.off.overhead_ns", Worst(Plain), "ns");
        Ask(sensor, maps, PostureFlags.Forged);
        yield return Measurement.Of("wire.response.forged_only.overhead_ns", Worst(Plain), "ns");
        Ask(sensor, maps, Everything);
        Demand(WirePrograms.All(name => sensor.Program(name).TestRun(Private) is var run && !run.Data.AsSpan().SequenceEqual(Private)), "a private address passed the wire layer");
        yield return Measurement.AtMost("wire.response.overhead_ns", Worst(Plain), "ns", 250);
        yield return Measurement.AtMost("wire.response.alias.overhead_ns", Worst(Aliased), "ns", 250);
    }

    /// <summary>The socket layer, without policies and with them. The event that it sends is part of each.</summary>
    public static IEnumerable<Measurement> Measure()
    {
        using var sensor = BenchObject.Load();
        using var maps = new PolicyMaps(sensor.Map);
        var (receives, nothing) = (sensor.Program("bench_asked_and_receives"), sensor.Program("bench_asked"));

        var observed = VerdictCost.Overhead(sensor, receives, nothing, Plain);
        yield return Measurement.Of("kernel.response.observed.overhead_ns", observed, "ns");
        foreach (var (name, answers, packet) in ((string, PostureFlags, byte[])[])
            [("forged_only", PostureFlags.Forged, Plain), ("judged", Everything, Plain), ("judged_alias", Everything, Aliased)])
        {
            Ask(sensor, maps, answers);
            Demand(receives.TestRun(packet).ReturnValue == Pass, "a right response was dropped");
            Demand(receives.TestRun(answers == Everything ? Private : Unasked).ReturnValue != Pass, "a wrong response passed");
            var judged = VerdictCost.Overhead(sensor, receives, nothing, packet);
            yield return Measurement.Of($"kernel.response.{name}.overhead_ns", judged, "ns");
            yield return Measurement.Of($"kernel.response.{name}.decision_ns", judged - observed, "ns");
        }
    }

    /// <summary>Puts the policy in force, and asks under it the question that the responses answer.</summary>
    private static void Ask(KernelSensor sensor, PolicyMaps maps, PostureFlags answers)
    {
        VerdictCost.Apply(maps, answers);
        sensor.Program("dns_egress").TestRun(Packets.Frame(Packets.UdpV4(ClientPort, serverPort: 53, payload: VerdictCost.Message(Name))));
    }

    /// <summary>What is measured must be what is meant.</summary>
    private static void Demand(bool holds, string otherwise)
    {
        if (!holds)
        {
            throw new InvalidOperationException($"{otherwise}: not the path that is to be measured");
        }
    }

    private static byte[] Response(byte[] records) =>
        Packets.Frame(Packets.UdpV4Response(serverPort: 53, ClientPort, [.. Header, .. VerdictCost.Message(Name)[Header.Length..], .. records]));

    /// <summary>Of the name asked for, with a lifetime of a minute.</summary>
    private static byte[] Record(ushort type, byte[] data)
    {
        byte[] record = [0xc0, 12, 0, 0, 0, 1, 0, 0, 0, 60, 0, (byte)data.Length, .. data];
        BinaryPrimitives.WriteUInt16BigEndian(record.AsSpan(2), type);
        return record;
    }
}
