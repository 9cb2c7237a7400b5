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
    [InlineData("free", false)]
    [InlineData("free", true)]
    [InlineData("guarded", false)]
    [InlineData("guarded", true)]
    public void Small_answer_in_fragments_is_received_and_told(string workload, bool v6)
    {
        var asker = enforced.Lab.Workload(workload);
        var name = $"pieces-{workload}-{v6}.{Zone}".ToLowerInvariant();

        var answer = Asked.By(asker, "connected", Forge(v6), name, "fence=none").Answer;

        Assert.Equal(["192.0.2.200"], answer.Data);
        Assert.Contains("\"fragmented\":true", enforced.Agent.WaitForExchange(name).Line, StringComparison.Ordinal);
        WaitForAlert("dns.answer.fragments", seen => seen.Pod?.Uid == asker.Uid && seen.Server!.Ip.Contains(':') == v6);
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
