// How long a client waits for a denial that the kernel gives, beside an answer of the resolver next door.

using Eider.Lab;

namespace Eider.Bench;

internal static class DenialCost
{
    private const int Queries = 30_000;

    public static IEnumerable<Measurement> Measure(string agent)
    {
        using var lab = Eider.Lab.Lab.Create();
        var pod = lab.AddPod("client");
        using var pins = new PinSpace();
        using var running = QuietAgent.Start(agent, lab.PathOf("agent"), new Enforcing(pins, ListPolicy.Write(lab, pod)));

        var denied = DnsClient.MeasureRoundTrips(pod, lab.ResolverV4, ListPolicy.Listed, Queries);
        var allowed = DnsClient.MeasureRoundTrips(pod, lab.ResolverV4, $"allowed.{LabZone.Clients}", Queries);
        return
        [
            Measurement.AtMost("deny.rtt.p50_us", denied.P50, "us", 10),
            Measurement.Of("deny.rtt.p99_us", denied.P99, "us"),
            Measurement.Of("deny.rtt.allowed_p50_us", allowed.P50, "us"),
            Measurement.Of("deny.rtt.allowed_p99_us", allowed.P99, "us"),
        ];
    }
}
