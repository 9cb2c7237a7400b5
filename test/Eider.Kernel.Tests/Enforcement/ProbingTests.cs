// What comes before a forgery: answers made to arrive in pieces, and a search for the port that a question was asked from.

using System.Net;
using Eider.Kernel.Tests.EndToEnd;
using Eider.Lab;
using Xunit;

namespace Eider.Kernel.Tests.Enforcement;

[Collection(EnforcedLabCollection.Name)]
public sealed class ProbingTests : IDisposable
{
    private const string Zone = $"probed.{LabZone.Clients}";

    /// <summary>One octet to each of so many closed ports, from the port of a server.</summary>
    private const string Prober = """
        import socket, sys
        source, target, payload = sys.argv[1], sys.argv[2], bytes.fromhex(sys.argv[3])
        probe = socket.socket(socket.AF_INET6 if ":" in source else socket.AF_INET, socket.SOCK_DGRAM)
        probe.bind((source, 53))
        for port in range(20000, 20400):
            try:
                probe.sendto(payload, (target, port))
            except ConnectionRefusedError:
                pass
        """;

    private readonly EnforcedLab enforced;
    private readonly List<LabProcess> servers = [];

    public ProbingTests(EnforcedLab enforced) => this.enforced = enforced;

    private Workload Free => enforced.Lab.Workload("free");

    public void Dispose() => servers.ForEach(server => server.Dispose());

    [Theory]
    [InlineData("free", false, "pieces")]
    [InlineData("free", true, "pieces")]
    [InlineData("guarded", false, "pieces")]
    [InlineData("guarded", true, "pieces")]
    [InlineData("guarded", false, "tail")]
    [InlineData("guarded", true, "tail")]
    public void Small_answer_in_fragments_is_received_and_told(string workload, bool v6, string cut)
    {
        var asker = enforced.Lab.Workload(workload);
        var name = $"{cut}-{workload}-{v6}.{Zone}".ToLowerInvariant();

        var answer = Asked.By(asker, "connected", Forge(v6), name, "fence=none").Answer;

        Assert.Equal(["192.0.2.200"], answer.Data);
        Assert.Contains("\"fragmented\":true", enforced.Agent.WaitForExchange(name).Line, StringComparison.Ordinal);
        WaitForAlert("dns.answer.fragments", seen => seen.Pod?.Uid == asker.Uid && seen.Server!.Ip.Contains(':') == v6);
    }

    [Theory]
    [InlineData("pieces", false)]
    [InlineData("tail", false)]
    [InlineData("tail", true)]
    public void Denied_answer_in_fragments_is_dropped_for_all_that_it_says(string cut, bool v6)
    {
        var asker = enforced.Lab.Workload("guarded");
        var name = $"private-{cut}-{v6}.public.example".ToLowerInvariant();

        using var asking = Asked.Start(asker, "connected", Forge(v6), name, "fence=none");

        var denied = enforced.Agent.WaitForEvent("the denied answer", seen => seen.Kind == "response" && seen.IsFor(name) && seen.Pod?.Uid == asker.Uid);
        Assert.Equal(("deny", "private"), (denied.Verdict?.Action, denied.Verdict?.Reason));
        Assert.Equal(["10.1.2.3"], denied.Answers!.Select(answer => answer.Data));
    }

    [Fact]
    public void Whole_answer_is_not_called_fragmented()
    {
        var name = $"whole.{Zone}";

        Asked.By(Free, "connected", Forge(v6: false), name, "fence=none");

        Assert.DoesNotContain("\"fragmented\"", enforced.Agent.WaitForExchange(name).Line, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(false, "78")]
    [InlineData(true, "78")]
    [InlineData(false, "000101000001000000000000000001000100")]
    public void Search_for_an_open_port_is_told(bool v6, string payload)
    {
        var prober = (Pod)enforced.Lab.Workload("other-server");
        var (from, to) = v6 ? (prober.V6, ((Pod)Free).V6) : (prober.V4, ((Pod)Free).V4);

        prober.Run("/usr/bin/python3", "-c", Prober, $"{from}", $"{to}", payload).MustSucceed("prober");

        WaitForAlert("dns.probe.ports", seen => seen.Line.Contains($"\"{from}\"", StringComparison.Ordinal) && seen.Line.Contains($"\"{to}\"", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("unreachable", false)]
    [InlineData("too-big", false)]
    [InlineData("redirect", false)]
    [InlineData("unreachable", true)]
    [InlineData("too-big", true)]
    [InlineData("redirect", true)]
    public void Search_for_an_open_port_by_icmp_is_told(string kind, bool v6)
    {
        var asker = (Pod)enforced.Lab.Workload("free");
        var resolver = v6 ? enforced.Lab.ResolverV6 : enforced.Lab.ResolverV4;
        Asked.By(asker, "connected", resolver, $"icmp-{kind}-{v6}.{Zone}".ToLowerInvariant());

        Tell(kind, v6, v6 ? asker.V6 : asker.V4, ClaimedServer(kind, v6), 20_000, 20_399, mtu: 600);

        WaitForSearch(seen => seen.Line.Contains($"\"{ClaimedServer(kind, v6)}\"", StringComparison.Ordinal) && seen.Line.Contains(asker.Uid, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Errors_about_questions_that_were_asked_are_no_search(bool v6)
    {
        const int First = 23_000, Last = 23_199;
        var asker = (Pod)enforced.Lab.Workload("replies");
        var (resolver, silent) = v6 ? (enforced.Lab.ResolverV6, enforced.Lab.SilentV6) : (enforced.Lab.ResolverV4, enforced.Lab.SilentV4);
        Asked.By(asker, "connected", resolver, $"heard-{v6}.{Zone}".ToLowerInvariant());
        asker.Run("/usr/bin/python3", "-B", "-c", ManyPorts, $"{silent}", $"{First}", $"{Last}", $"unheard-{v6}.{Zone}".ToLowerInvariant()).MustSucceed("questions");

        using (var telling = Tell("unreachable", v6, v6 ? asker.V6 : asker.V4, silent, First, Last, mtu: 0))
        {
            telling.WaitFor("round 5", AgentProcess.Patience);
        }

        // What is told later shows that all of that has been looked at.
        Tell("unreachable", v6, v6 ? asker.V6 : asker.V4, ClaimedServer("fence", v6), 20_000, 20_399, mtu: 0);
        WaitForSearch(seen => seen.Line.Contains($"\"{ClaimedServer("fence", v6)}\"", StringComparison.Ordinal) && seen.Line.Contains(asker.Uid, StringComparison.Ordinal));
        Assert.Empty(enforced.Agent.Events(seen => seen.Kind == "alert" && seen.Line.Contains("dns.probe.icmp", StringComparison.Ordinal) && seen.Line.Contains($"\"{silent}\"", StringComparison.Ordinal)));
    }

    [Theory]
    [InlineData(false, 296)]
    [InlineData(true, 600)]
    public void Answers_that_are_to_be_cut_smaller_than_any_path_needs_are_told(bool v6, int mtu)
    {
        var server = (Pod)enforced.Lab.Workload("other-server");
        var (address, client) = v6 ? (server.V6, "2001:db8:77::9") : (server.V4, "203.0.113.77");
        // One that some path needs comes first.
        Tell("answer", v6, address, IPAddress.Parse(v6 ? "2001:db8:78::9" : "203.0.113.78"), 1_024, 1_100, mtu: 1_280).WaitFor("round 2", AgentProcess.Patience);

        Tell("answer", v6, address, IPAddress.Parse(client), 1_024, 1_024, mtu);

        WaitForAlert("dns.probe.mtu", seen => seen.Line.Contains($"\"{client}\"", StringComparison.Ordinal) && seen.Line.Contains($"\"{mtu}\"", StringComparison.Ordinal));
        Assert.Empty(enforced.Agent.Events(seen => seen.Line.Contains("dns.probe.mtu", StringComparison.Ordinal) && seen.Line.Contains(v6 ? "2001:db8:78::9" : "203.0.113.78", StringComparison.Ordinal)));
    }

    /// <summary>A question from each of so many ports.</summary>
    private const string ManyPorts = """
        import socket, struct, sys
        server, first, last, name = sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), sys.argv[4]
        labels = b"".join(bytes([len(label)]) + label.encode() for label in name.split(".")) + b"\0"
        for port in range(first, last + 1):
            with socket.socket(socket.AF_INET6 if ":" in server else socket.AF_INET, socket.SOCK_DGRAM) as asker:
                asker.bind(("", port))
                asker.sendto(struct.pack("!HHHHHH", port, 0x0100, 1, 0, 0, 0) + labels + struct.pack("!HH", 1, 1), (server, 53))
        """;

    /// <summary>A server for each case, so that each finding is a new one; nobody has to be there.</summary>
    private static IPAddress ClaimedServer(string kind, bool v6)
    {
        var number = kind switch { "unreachable" => 1, "too-big" => 2, "redirect" => 3, _ => 4 };
        return IPAddress.Parse(v6 ? $"2001:db8:53::{number}" : $"203.0.113.{number}");
    }

    /// <summary>Forges errors from another pod's namespace until the test ends.</summary>
    private LabProcess Tell(string kind, bool v6, IPAddress client, IPAddress server, int first, int last, int mtu)
    {
        var forger = (Pod)enforced.Lab.Workload("forger");
        var telling = forger.Start("/usr/bin/python3", "-B", Path.Combine(AppContext.BaseDirectory, "ways", "icmp.py"), $"{(v6 ? forger.V6 : forger.V4)}", $"{client}", $"{server}", kind, $"{first}", $"{last}", $"{mtu}");
        servers.Add(telling);
        return telling;
    }

    /// <summary>What was asked before the agent began is not known to it, so that it judges only after a while.</summary>
    private void WaitForSearch(Func<SeenEvent, bool> isIt) => enforced.Agent.Process.WaitUntil(
        () => enforced.Agent.Events(seen => seen.Kind == "alert" && seen.Line.Contains("\"detection\":\"dns.probe.icmp\"", StringComparison.Ordinal) && isIt(seen)).Count > 0,
        "the alert dns.probe.icmp",
        2 * AgentProcess.Patience);

    private void WaitForAlert(string detection, Func<SeenEvent, bool> isIt) => enforced.Agent.WaitForEvent($"the alert {detection}",
        seen => seen.Kind == "alert" && seen.Line.Contains($"\"detection\":\"{detection}\"", StringComparison.Ordinal) && isIt(seen));

    private IPAddress Forge(bool v6)
    {
        var forger = (Pod)enforced.Lab.Workload("forger");
        var (address, stranger) = v6 ? (forger.V6, enforced.Lab.SilentV6) : (forger.V4, enforced.Lab.SilentV4);
        var server = forger.Start("/usr/bin/python3", "-B", Path.Combine(AppContext.BaseDirectory, "ways", "forger.py"), $"{address}", $"{stranger}");
        servers.Add(server);
        server.WaitFor("bound", AgentProcess.Patience);
        return address;
    }
}
