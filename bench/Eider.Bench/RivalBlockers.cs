// What a user would take instead, with the same names: unbound with local zones, dnsdist with a suffix tree.

using System.Diagnostics;
using Eider.Lab;

namespace Eider.Bench;

internal static class RivalBlockers
{
    private const int Queries = 20_000;
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(5);

    public static IEnumerable<Measurement> Measure()
    {
        using var lab = Eider.Lab.Lab.Create();
        foreach (var figure in Measure(lab, "unbound", StartUnbound))
        {
            yield return figure;
        }

        if (!IsInstalled("dnsdist"))
        {
            Console.Error.WriteLine("rival.dnsdist is not measured: dnsdist is not installed (apt-get install dnsdist)");
            yield break;
        }

        foreach (var figure in Measure(lab, "dnsdist", StartDnsdist))
        {
            yield return figure;
        }
    }

    private static IEnumerable<Measurement> Measure(Eider.Lab.Lab lab, string name, Func<Eider.Lab.Lab, Pod, LabProcess> start)
    {
        var client = lab.AddPod($"{name}-client");
        var pod = lab.AddPod(name);
        var begun = Stopwatch.GetTimestamp();
        using var server = start(lab, pod);
        while (!client.Run("dig", $"@{pod.V4}", ListPolicy.Listed, "+tries=1", "+timeout=1").Output.Contains("NXDOMAIN", StringComparison.Ordinal))
        {
            if (server.HasExited || Stopwatch.GetElapsedTime(begun) > Limit)
            {
                throw new LabException($"{name} does not answer: {server.Error.Trim()} {server.Output.Trim()}");
            }
        }

        var startMs = Stopwatch.GetElapsedTime(begun).TotalMilliseconds;
        var (p50, p99) = DnsClient.MeasureRoundTrips(client, pod.V4, ListPolicy.Listed, Queries);
        return
        [
            Measurement.Of($"rival.{name}.start_ms", startMs, "ms"),
            Measurement.Of($"rival.{name}.rss_mib", Resident.MiB(server.Pid), "MiB"),
            Measurement.Of($"rival.{name}.deny_p50_us", p50, "us"),
            Measurement.Of($"rival.{name}.deny_p99_us", p99, "us"),
        ];
    }

    private static LabProcess StartUnbound(Eider.Lab.Lab lab, Pod pod)
    {
        ListPolicy.WriteList(lab.PathOf("zones.conf"), "local-zone: \"", "\" always_nxdomain\n");
        File.WriteAllText(lab.PathOf("rival.conf"), $"""
            server:
              chroot: ""
              username: ""
              pidfile: ""
              do-daemonize: no
              use-syslog: no
              interface: {pod.V4}
              access-control: 0.0.0.0/0 allow
              num-threads: 1
              module-config: "iterator"
              include: "{lab.PathOf("zones.conf")}"
            remote-control:
              control-enable: no

            """);
        return pod.Start("unbound", "-d", "-c", lab.PathOf("rival.conf"));
    }

    private static LabProcess StartDnsdist(Eider.Lab.Lab lab, Pod pod)
    {
        ListPolicy.WriteList(lab.PathOf("dnsdist.txt"), "", "\n");
        File.WriteAllText(lab.PathOf("dnsdist.conf"), $"""
            setLocal("{pod.V4}:53")
            setACL("0.0.0.0/0")
            newServer("{lab.ResolverV4}")
            listed = newSuffixMatchNode()
            for name in io.lines("{lab.PathOf("dnsdist.txt")}") do listed:add(newDNSName(name)) end
            addAction(SuffixMatchNodeRule(listed), RCodeAction(DNSRCode.NXDOMAIN))

            """);
        return pod.Start("dnsdist", "--supervised", "--disable-syslog", "-C", lab.PathOf("dnsdist.conf"));
    }

    private static bool IsInstalled(string program) => Environment.GetEnvironmentVariable("PATH")!.Split(':').Any(folder => File.Exists(Path.Combine(folder, program)));
}
