// What an agent without policies sees of ICMP errors: it has no wire layer then, and watches devices for them alone.

using Eider.Lab;
using Xunit;

namespace Eider.Kernel.Tests.EndToEnd;

[Collection(WatchedLabCollection.Name)]
public sealed class IcmpWatchTests(WatchedLab watched)
{
    /// <summary>Nobody has to be there; others are claimed by other tests.</summary>
    private const string ClaimedV4 = "203.0.113.10", ClaimedV6 = "2001:db8:53::10";

    [Theory]
    [InlineData("unreachable", false)]
    [InlineData("too-big", true)]
    public void Search_for_the_port_of_a_question_is_told_without_policies(string kind, bool v6)
    {
        var (asker, forger) = (watched.Pod("icmp-asker"), watched.Pod("icmp-forger"));
        var claimed = v6 ? ClaimedV6 : ClaimedV4;
        asker.Run("dig", $"@{(v6 ? watched.Lab.ResolverV6 : watched.Lab.ResolverV4)}", $"icmp-{kind}.{LabZone.Clients}", "A").MustSucceed("dig");

        var script = Path.Combine(AppContext.BaseDirectory, "ways", "icmp.py");
        using var forging = forger.Start("/usr/bin/python3", "-B", script, $"{(v6 ? forger.V6 : forger.V4)}", $"{(v6 ? asker.V6 : asker.V4)}", claimed, kind, "20000", "20399", "600");

        // In the first 20 s of an agent there may be questions that it has not seen, and nothing is told.
        watched.Agent.Process.WaitUntil(
            () => watched.Agent.Events(seen => seen.Kind == "alert" && seen.Line.Contains("\"detection\":\"dns.probe.icmp\"", StringComparison.Ordinal)
                && seen.Line.Contains($"\"{claimed}\"", StringComparison.Ordinal) && seen.Line.Contains(asker.Uid, StringComparison.Ordinal)).Count > 0,
            "the alert dns.probe.icmp",
            2 * AgentProcess.Patience);
    }
}
