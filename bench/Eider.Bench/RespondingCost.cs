// What a query pays while responses to alerts are in force: as many as the kernel keeps, of which none is about it.

using System.Text;
using Eider.Bpf;
using Eider.Core;
using Eider.Core.Abi;
using Eider.Core.Policy;
using Eider.Core.Respond;
using Eider.Core.Sensors;

namespace Eider.Bench;

internal static class RespondingCost
{
    private const uint Others = 1;

    /// <param name="overhead">Of the queries that are measured.</param>
    /// <param name="query">One of them.</param>
    /// <param name="name">That it asks for.</param>
    public static Measurement Measure(KernelSensor sensor, PolicyMaps maps, Func<double> overhead, byte[] query, string name)
    {
        using var responses = new ResponseMaps(sensor.Map, static () => (ulong)Random.Shared.NextInt64());
        VerdictCost.Apply(maps, PostureFlags.None, PostureFlags.Respond);
        var own = (uint)CgroupOfThis();
        var egress = sensor.Program("dns_egress");
        var aboutIt = Of(own, name);
        responses.Put(aboutIt);
        Demand(egress.TestRun(query).ReturnValue == 0, "a name denied in response to an alert passed");
        responses.Remove(aboutIt, []);

        for (var number = 0; number < ResponseLedger.Limit; number++)
        {
            responses.Put(Of(number < ResponseLedger.WorkloadLimit ? own : Others, $"login{number}.bank.example"));
        }

        Demand(egress.TestRun(query).ReturnValue == 1, "a name that no response is about was denied");
        return Measurement.Of("kernel.verdict.responding.4label.overhead_ns", overhead(), "ns");
    }

    private static ActiveResponse Of(uint workload, string name)
    {
        var wire = string.Concat(name.Split('.').Select(static label => $"{(char)label.Length}{label}")) + "\0";
        var nowNs = Clock.BoottimeNs();
        return new ActiveResponse
        {
            Target = new ResponseTarget(workload, ResponseAction.DenyName, wire),
            Id = "benched0",
            IsDryRun = false,
            CgroupId = workload,
            Workload = "bench",
            Identity = new Identity(),
            Policy = "bench",
            Rule = 0,
            Detection = "dns.answer.protected",
            AlertId = "benched1",
            SinceNs = nowNs,
            UntilNs = nowNs + 3_600_000_000_000,
        };
    }

    /// <summary>By which its queries are known, since no workload has a number here.</summary>
    private static ulong CgroupOfThis()
    {
        var path = File.ReadLines("/proc/self/cgroup").First(static line => line.StartsWith("0::", StringComparison.Ordinal))[3..];
        return Inode.Of(CgroupV2.Find()!.Path + path);
    }

    private static void Demand(bool holds, string otherwise)
    {
        if (!holds)
        {
            throw new InvalidOperationException($"{otherwise}: not the path that is to be measured");
        }
    }
}
