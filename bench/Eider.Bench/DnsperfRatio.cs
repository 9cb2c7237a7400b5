// What a resolver's clients notice of the agent: dnsperf against unbound in the lab, without and with it, in turn.

using System.Globalization;
using Eider.Lab;

namespace Eider.Bench;

internal sealed class DnsperfRatio : IDisposable
{
    private const int Rounds = 7;
    private const int SecondsARun = 4;
    private const int Names = 1000;

    private readonly string _agent;
    private readonly bool _ownProcessor;
    private readonly Eider.Lab.Lab _lab = Eider.Lab.Lab.Create();
    private readonly Pod _pod;
    private readonly string _queries;
    private readonly string? _policy;

    private DnsperfRatio(string agent, bool ownProcessor, bool enforcing = false)
    {
        _agent = agent;
        _ownProcessor = ownProcessor;
        _pod = _lab.AddPod("dnsperf");
        _queries = _lab.PathOf("queries.txt");
        File.WriteAllLines(_queries, Enumerable.Range(0, Names).Select(index => $"name{index}.{LabZone.Clients} A"));
        Keep(_lab.Resolver, AllButLast);
        _policy = enforcing ? ListPolicy.Write(_lab, _pod) : null;
    }

    private static string AllButLast => Environment.ProcessorCount > 1 ? $"0-{Environment.ProcessorCount - 2}" : "0";

    private static string Last => $"{Environment.ProcessorCount - 1}";

    public static IEnumerable<Measurement> Measure(string agent)
    {
        using (var shared = new DnsperfRatio(agent, ownProcessor: false))
        {
            var (ratio, queriesPerSecond, lost) = shared.Measure();
            yield return Measurement.AtLeast("dnsperf.observe.ratio", ratio, "ratio", 0.97);
            yield return Measurement.Of("dnsperf.off.queries_per_s", queriesPerSecond, "1/s");
            yield return Measurement.Of("dnsperf.observe.lost", lost, "records");
        }

        using (var enforced = new DnsperfRatio(agent, ownProcessor: false, enforcing: true))
        {
            yield return Measurement.AtLeast("dnsperf.enforce.ratio", enforced.Measure().Ratio, "ratio", 0.95);
        }

        using (var apart = new DnsperfRatio(agent, ownProcessor: true))
        {
            yield return Measurement.AtLeast("dnsperf.observe_own_processor.ratio", apart.Measure().Ratio, "ratio", 0.97);
        }
    }

    public void Dispose() => _lab.Dispose();

    private (double Ratio, double QueriesPerSecond, long Lost) Measure()
    {
        RunDnsperf(); // warms caches and clocks
        List<double> ratios = [];
        List<double> without = [];
        var lost = 0L;
        for (var round = 0; round < Rounds; round++)
        {
            // The order alternates too, so that a drift of the machine speaks for neither.
            double off = round % 2 == 0 ? RunDnsperf() : 0;
            double on = RunWatched(ref lost);
            off = round % 2 == 0 ? off : RunDnsperf();
            without.Add(off);
            ratios.Add(on / off);
        }

        return (Measurement.Median(ratios), Measurement.Median(without), lost);
    }

    private double RunWatched(ref long lost)
    {
        using var pins = new PinSpace(); // what is in force goes with it, before the next round without
        using var watching = QuietAgent.Start(_agent, _lab.PathOf("agent"), _policy is null ? null : new Enforcing(pins, _policy));
        Keep(watching, Last);
        var rate = RunDnsperf();
        lost += QuietAgent.Lost(_agent, _lab.PathOf("agent"));
        return rate;
    }

    private double RunDnsperf()
    {
        string[] dnsperf = ["dnsperf", "-s", $"{_lab.ResolverV4}", "-d", _queries, "-l", $"{SecondsARun}", "-c", "4", "-q", "100"];
        string[] command = _ownProcessor ? ["taskset", "-c", AllButLast, .. dnsperf] : dnsperf;
        var output = _pod.Run(command[0], command[1..]).MustSucceed("dnsperf").Output;
        var line = output.Split('\n').First(line => line.Contains("Queries per second", StringComparison.Ordinal));
        return double.Parse(line.Split(':')[1], CultureInfo.InvariantCulture);
    }

    private void Keep(LabProcess process, string processors)
    {
        if (_ownProcessor)
        {
            Command.Run("taskset", ["-apc", processors, $"{process.Pid}"]).MustSucceed("taskset");
        }
    }
}
