// Somebody who floods the agent: forged answers by the million, and names that nobody has asked for before. It forgets, says so, and goes on.

using System.Globalization;
using Eider.Lab;

namespace Eider.Bench;

internal sealed class LabExhaustion : IDisposable
{
    private const int Forged = 1_200_000;
    private const int Asked = 400_000; // each of which is two packets
    private const int Seconds = 120; // at most

    private const string Bank = $"login.{LabZone.Clients}";

    private readonly string _agent;
    private readonly Eider.Lab.Lab _lab = Eider.Lab.Lab.Create();
    private readonly PinSpace _pins = new();
    private readonly Pod _victim;
    private readonly Pod _forger;
    private readonly Pod _server;
    private readonly LabProcess _running;

    private LabExhaustion(string agent)
    {
        _agent = agent;
        (_victim, _forger, _server) = (_lab.AddPod("victim"), _lab.AddPod("forger"), _lab.AddPod("server"));
        _lab.Own(_victim.Start("sleep", "infinity"));
        _running = QuietAgent.Start(agent, Folder, new Enforcing(_pins, GuardPolicy.Write(_lab, _victim)), $"detect: {{protectedNames: [{{name: {Bank}, addresses: [{_lab.WebPod.V4}]}}]}}");
    }

    private string Folder => _lab.PathOf("agent");

    private string Config => QuietAgent.ConfigIn(Folder);

    public static IEnumerable<Measurement> Measure(string agent)
    {
        using var exhaustion = new LabExhaustion(agent);
        return [.. exhaustion.Take()];
    }

    public void Dispose()
    {
        _running.Dispose();
        _pins.Dispose();
        _lab.Dispose();
    }

    private IEnumerable<Measurement> Take()
    {
        var before = Resident.MiB(_running.Pid);
        using var answering = Start(_server, "answer", $"{_server.V4}");
        answering.WaitFor("bound", AgentProcess.Patience);
        var began = DateTimeOffset.UtcNow;
        using var forging = Start(_forger, "forge", $"{_victim.V4}", $"{Forged}", $"{Seconds}");
        using var asking = Start(_victim, "ask", $"{_server.V4}", $"{Asked}", $"{Seconds}");
        var (honest, answered) = AskHonestly(forging, asking);
        var (forged, asked) = (Sent(forging), Sent(asking));
        var seconds = (DateTimeOffset.UtcNow - began).TotalSeconds;

        AwaitSeen($"last.{LabZone.Clients}");
        var status = AgentCounters.Read(_agent, Config);
        var critical = LabAlerts.Of(_agent, Config, _victim).Where(static alert => alert.Severity == "critical").ToList();
        critical.ForEach(static alert => Console.Error.WriteLine($"  wrong: {alert.Seen.Line}"));
        yield return Measurement.AtLeast("detect.lab.exhaustion.packets", forged.Packets + asked.Packets + asked.Answers, "packets", 1_000_000);
        yield return Measurement.Of("detect.lab.exhaustion.seconds", seconds, "s");
        yield return Measurement.Of("detect.lab.exhaustion.rss_before_mib", before, "MiB");
        yield return Measurement.AtMost("detect.lab.exhaustion.rss_peak_mib", Resident.PeakMiB(_running.Pid), "MiB", 256);
        yield return Measurement.AtMost("detect.lab.exhaustion.state_mib", status["detect_bytes"] / 1048576.0, "MiB", 32);
        yield return Measurement.AtLeast("detect.lab.exhaustion.detect_shed", status["detect_shed"], "things", 1);
        yield return Measurement.Of("detect.lab.exhaustion.untold", status["untold"], "answers");
        yield return Measurement.Of("detect.lab.exhaustion.questions_shed", status["questions_shed"], "questions");
        yield return Measurement.Of("detect.lab.exhaustion.ring_full", status["ring_full"], "records");
        yield return Measurement.AtMost("detect.lab.exhaustion.false_critical", critical.Count, "alerts", 0);
        yield return Measurement.AtLeast("detect.lab.exhaustion.honest_answered", 100.0 * answered / honest, "%", 95);
    }

    /// <summary>A protected name whose answers are right, again and again until both have sent everything.</summary>
    private (int Asked, int Answered) AskHonestly(LabProcess forging, LabProcess asking)
    {
        var (asked, answered) = (0, 0);
        while (!forging.HasExited || !asking.HasExited)
        {
            asked++;
            answered += Ask(Bank);
            if (_running.HasExited)
            {
                throw new LabException($"the agent has ended: {_running.Error}");
            }
        }

        return (asked, answered);
    }

    private int Ask(string name) => Dig.Ask(_victim, $"{_lab.ResolverV4}", name).Contains($"{_lab.WebPod.V4}", StringComparison.Ordinal) ? 1 : 0;

    /// <summary>Asks until the history has it: what comes while the queues are full is lost, and counted.</summary>
    private void AwaitSeen(string name)
    {
        var since = TimeProvider.System.GetTimestamp();
        do
        {
            if (TimeProvider.System.GetElapsedTime(since) > 3 * AgentProcess.Patience)
            {
                throw new LabException("the agent sees nothing any more");
            }

            Ask(name);
        }
        while (!Command.Run(_agent, ["observe", "--last", "1", "--name", name, "-o", "json", "--config", Config]).Output.Contains(name, StringComparison.Ordinal));
    }

    private static (int Packets, int Answers) Sent(LabProcess flooding)
    {
        var said = flooding.Wait(AgentProcess.Patience).MustSucceed("eider-bench client").Output.Split('\n', StringSplitOptions.RemoveEmptyEntries)[^1].Split(' ');
        return (int.Parse(said[0], CultureInfo.InvariantCulture), int.Parse(said[1], CultureInfo.InvariantCulture));
    }

    private static LabProcess Start(Pod pod, params string[] what) => pod.Start(Environment.ProcessPath!, ["flood", .. what]);
}
