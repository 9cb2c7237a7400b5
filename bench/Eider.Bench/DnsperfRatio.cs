// What a resolver's clients notice of the agent: dnsperf against unbound in the lab, without and with it, in turn.

using System.Diagnostics;
using System.Globalization;
using Eider.Lab;

namespace Eider.Bench;

internal sealed class DnsperfRatio : IDisposable
{
    private const int Rounds = 7;
    private const int SecondsARun = 4;

    /// <summary>Compiling the agent's code takes so long where everybody wants the processors.</summary>
    private const int SecondsToWarm = 5;
    private const int Names = 1000;

    /// <summary>Query and response, each at both ends.</summary>
    private const int RecordsAQuery = 4;

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
            var found = shared.Measure();
            yield return Measurement.AtLeast("dnsperf.observe.ratio", found.Ratio, "ratio", 0.97);
            yield return Measurement.Of("dnsperf.off.queries_per_s", found.QueriesPerSecond, "1/s");
            yield return Measurement.Of("dnsperf.observe.lost", found.LostShare, "of records");
            yield return Measurement.Of("dnsperf.observe.agent_us", found.AgentUs, "us/query");
        }

        using (var enforced = new DnsperfRatio(agent, ownProcessor: false, enforcing: true))
        {
            var found = enforced.Measure();
            yield return Measurement.AtLeast("dnsperf.enforce.ratio", found.Ratio, "ratio", 0.95);
            yield return Measurement.Of("dnsperf.enforce.lost", found.LostShare, "of records");
            yield return Measurement.Of("dnsperf.enforce.agent_us", found.AgentUs, "us/query");
        }

        using (var apart = new DnsperfRatio(agent, ownProcessor: true))
        {
            yield return Measurement.AtLeast("dnsperf.observe_own_processor.ratio", apart.Measure().Ratio, "ratio", 0.97);
        }
    }

    public void Dispose() => _lab.Dispose();

    private Found Measure()
    {
        RunDnsperf(); // warms caches and clocks
        List<double> ratios = [];
        List<double> without = [];
        List<Watched> watched = [];
        for (var round = 0; round < Rounds; round++)
        {
            // The order alternates too, so that a drift of the machine speaks for neither.
            double off = round % 2 == 0 ? RunDnsperf().QueriesPerSecond : 0;
            watched.Add(RunWatched());
            off = round % 2 == 0 ? off : RunDnsperf().QueriesPerSecond;
            without.Add(off);
            ratios.Add(watched[^1].QueriesPerSecond / off);
        }

        return new Found(
            Measurement.Median(ratios), Measurement.Median(without), Measurement.Median(watched.Select(run => run.LostShare)), Measurement.Median(watched.Select(run => run.AgentUs)));
    }

    private Watched RunWatched()
    {
        using var pins = new PinSpace(); // what is in force goes with it, before the next round without
        using var watching = QuietAgent.Start(_agent, _lab.PathOf("agent"), _policy is null ? null : new Enforcing(pins, _policy));
        Keep(watching, Last);
        RunDnsperf(SecondsToWarm); // by then the agent's code is compiled as it stays
        var lost = QuietAgent.Lost(_agent, _lab.PathOf("agent"));
        using var process = Process.GetProcessById(watching.Pid);
        var spent = process.TotalProcessorTime;
        var (rate, queries) = RunDnsperf();
        process.Refresh();
        spent = process.TotalProcessorTime - spent;
        lost = QuietAgent.Lost(_agent, _lab.PathOf("agent")) - lost;
        return new Watched(rate, lost / (double)(RecordsAQuery * queries), spent.TotalMicroseconds / queries);
    }

    private (double QueriesPerSecond, long Queries) RunDnsperf(int seconds = SecondsARun)
    {
        string[] dnsperf = ["dnsperf", "-s", $"{_lab.ResolverV4}", "-d", _queries, "-l", $"{seconds}", "-c", "4", "-q", "100"];
        string[] command = _ownProcessor ? ["taskset", "-c", AllButLast, .. dnsperf] : dnsperf;
        var lines = _pod.Run(command[0], command[1..]).MustSucceed("dnsperf").Output.Split('\n');
        return (Figure("Queries per second"), (long)Figure("Queries completed"));

        double Figure(string name) =>
            double.Parse(lines.First(line => line.Contains(name, StringComparison.Ordinal)).Split(':')[1].Split('(')[0], CultureInfo.InvariantCulture);
    }

    private void Keep(LabProcess process, string processors)
    {
        if (_ownProcessor)
        {
            Command.Run("taskset", ["-apc", processors, $"{process.Pid}"]).MustSucceed("taskset");
        }
    }

    /// <param name="LostShare">Of the records of the run.</param>
    /// <param name="AgentUs">Processor time of the agent, a query.</param>
    private sealed record Watched(double QueriesPerSecond, double LostShare, double AgentUs);

    private sealed record Found(double Ratio, double QueriesPerSecond, double LostShare, double AgentUs);
}
