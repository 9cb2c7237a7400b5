// Ways around a policy by other ports: DNS over TLS and QUIC past pinned resolvers, and DNS in the clear where nobody expects it.

using System.Net;
using Eider.Lab;
using Xunit;

namespace Eider.Kernel.Tests.Enforcement;

[Collection(EnforcedLabCollection.Name)]
public sealed class OtherPortTests(EnforcedLab enforced)
{
    private const int EncryptedPort = 853;

    private Pod Stray => (Pod)enforced.Lab.Workload("stray");

    private Workload Pinned => enforced.Lab.Workload("pinned");

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Dns_over_tls_to_another_server_is_refused(bool v6)
    {
        var said = DigOverTls(Pinned, Server(Stray, v6), $"tls-{v6}");

        Assert.Contains("connection refused", said, StringComparison.Ordinal);
        var seen = WaitForDenial("tcp", Server(Stray, v6), "dig");
        Assert.Equal(("resolver", "pinned", "resolvers"), (seen.Verdict!.Reason, seen.Verdict.Policy, seen.Verdict.Rule));
        Assert.Null(seen.Name);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Dns_over_tls_to_a_listed_server_works(bool v6) =>
        Assert.Contains("status: NOERROR", DigOverTls(Pinned, v6 ? enforced.Lab.ResolverV6 : enforced.Lab.ResolverV4, $"listed-{v6}"), StringComparison.Ordinal);

    [Theory]
    [InlineData("free")]
    [InlineData("suspect")]
    public void Workload_that_is_not_pinned_may_use_tls(string workload) =>
        Assert.Contains("status: NOERROR", DigOverTls(enforced.Lab.Workload(workload), Stray.V4, $"unpinned-{workload}"), StringComparison.Ordinal);

    [Fact]
    public void Tls_client_is_refused_at_once()
    {
        var openssl = Pinned.Run("openssl", "s_client", "-connect", $"{Stray.V4}:{EncryptedPort}", "-brief");

        Assert.NotEqual(0, openssl.ExitCode);
        Assert.Contains("Connection refused", openssl.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("connected", false)]
    [InlineData("connected", true)]
    [InlineData("unconnected", false)]
    [InlineData("mapped", false)]
    [InlineData("raw_socket", false)]
    [InlineData("frame", false)]
    public void Datagram_to_the_port_of_quic_does_not_leave(string way, bool v6)
    {
        using var tap = new WireTap(Stray);
        var label = $"quic-{way}-{v6}".Replace('_', '-');

        var asked = Asked.By(Pinned, way, Server(Stray, v6), $"{label}.{LabZone.Clients}", $"port={EncryptedPort}");

        Assert.Empty(asked.Answers);
        WaitForDenial("udp", Server(Stray, v6), way == "frame" ? null : "python3");
        AssertNotSeen(tap, label);
    }

    [Theory]
    [InlineData("stream_mapped")]
    [InlineData("stream_fast_open")]
    public void Connection_of_another_kind_is_refused(string way)
    {
        using var tap = new WireTap(Stray);
        Pinned.Run("sysctl", "-w", "net.ipv4.tcp_fastopen=5").MustSucceed("sysctl");

        var asked = Asked.By(Pinned, way, Stray.V4, $"{way}.{LabZone.Clients}".Replace('_', '-'), $"port={EncryptedPort}");

        Assert.Empty(asked.Answers);
        Assert.Equal("ECONNREFUSED", asked.End);
        AssertNotSeen(tap, way.Replace('_', '-'));
    }

    [Fact]
    public void Connection_made_by_hand_is_refused()
    {
        var asked = Asked.By(Pinned, "frame_stream", Stray.V4, $"handmade.{LabZone.Clients}", $"port={EncryptedPort}");

        Assert.Empty(asked.Answers);
        Assert.Equal("ECONNRESET", asked.End);
    }

    [Fact]
    public void Connection_that_another_pod_made_is_reset()
    {
        string[] options = [$"path={enforced.Lab.PathOf("meeting-tls")}", "tcp=1", $"port={EncryptedPort}"];
        using var giver = Asked.Start(enforced.Lab.Workload("free"), "give", Stray.V4, $"handed.{LabZone.Clients}", options);
        giver.WaitFor("waiting", AgentProcess.Patience);

        var asked = Asked.By(Pinned, "take", Stray.V4, $"handed.{LabZone.Clients}", options);

        Assert.Empty(asked.Answers);
        Assert.NotEqual("timeout", asked.End);
    }

    [Theory]
    [InlineData("+notcp", false)]
    [InlineData("+notcp", true)]
    [InlineData("+tcp", false)]
    [InlineData("+tcp", true)]
    public void Denied_name_on_another_port_is_denied(string transport, bool v6)
    {
        var name = $"port{transport.Length}-{v6}.{EnforcedLab.Denied}".ToLowerInvariant();

        var dig = Dig("ports", v6 ? enforced.Lab.ResolverV6 : enforced.Lab.ResolverV4, name, transport);

        Assert.Contains(transport == "+tcp" ? "connection reset" : "status: NXDOMAIN", dig, StringComparison.Ordinal);
        var seen = enforced.Agent.WaitForEvent("the query", seen => seen.IsFor(name));
        Assert.Equal(("deny", "name", transport == "+tcp" ? "other_port" : null), (seen.Verdict?.Action, seen.Verdict?.Reason, seen.Standalone));
        Assert.Equal("dig", seen.Process?.Comm);
        enforced.AssertStayed($"port{transport.Length}-{v6}");
    }

    [Theory]
    [InlineData("unconnected", false)]
    [InlineData("iovecs", true)]
    [InlineData("corked", false)]
    [InlineData("mapped", false)]
    [InlineData("large", false)]
    [InlineData("raw_socket", false)]
    [InlineData("frame", false)]
    [InlineData("frame", true)]
    [InlineData("stream", false)]
    [InlineData("stream_mapped", false)]
    [InlineData("stream_prefix_apart", true)]
    [InlineData("stream_prefix_split", false)]
    [InlineData("stream_octets", false)]
    [InlineData("stream_halves", false)]
    [InlineData("stream_last", false)]
    [InlineData("stream_straddling", false)]
    [InlineData("stream_later", false)]
    public void Denied_name_on_another_port_is_denied_however_it_is_sent(string way, bool v6)
    {
        var label = $"elsewhere-{way}-{v6}".Replace('_', '-').ToLowerInvariant();

        var asked = Asked.By(enforced.Lab.Workload("ports"), way, v6 ? enforced.Lab.ResolverV6 : enforced.Lab.ResolverV4, $"{label}.{EnforcedLab.Denied}", $"port={Lab.Lab.OtherPort}");

        asked.AssertDenied();
        var seen = enforced.Agent.WaitForEvent("the query", seen => seen.Kind != "response" && seen.IsFor($"{label}.{EnforcedLab.Denied}"));
        Assert.Equal("deny", seen.Verdict?.Action);
        if (!way.StartsWith("stream", StringComparison.Ordinal))
        {
            enforced.AssertStayed($"{label}\u0006denied");
        }
    }

    [Theory]
    [InlineData("ports", "+notcp")]
    [InlineData("ports", "+tcp")]
    [InlineData("ports-pinned", "+notcp")]
    [InlineData("ports-watched", "+notcp")]
    [InlineData("ports-watched", "+tcp")]
    public void Other_name_on_another_port_is_shown_and_answered(string workload, string transport)
    {
        var name = $"fine-{workload}{transport.Length}.{LabZone.Clients}";

        Assert.Contains("status: NOERROR", Dig(workload, enforced.Lab.ResolverV4, name, transport), StringComparison.Ordinal);

        var seen = enforced.Agent.WaitForEvent("the query", seen => seen.IsFor(name));
        Assert.Equal(transport == "+tcp" ? ("query", "other_port", Lab.Lab.OtherPort) : ("transaction", null, Lab.Lab.OtherPort), (seen.Kind, seen.Standalone, seen.Server?.Port));
        Assert.NotEqual("deny", seen.Verdict?.Action);
    }

    [Fact]
    public void Watched_workload_is_denied_nothing_on_other_ports()
    {
        var name = $"only-watched.{EnforcedLab.Denied}";

        Assert.Contains("status: NOERROR", Dig("ports-watched", enforced.Lab.ResolverV4, name, "+notcp"), StringComparison.Ordinal);
        Assert.Equal(Lab.Lab.OtherPort, enforced.Agent.WaitForExchange(name).Server?.Port);
    }

    [Theory]
    [InlineData("+notcp", "status: REFUSED")]
    [InlineData("+tcp", "connection reset")]
    public void Other_server_on_another_port_is_refused(string transport, string expected) =>
        Assert.Contains(expected, Dig("ports-pinned", Stray.V4, $"stray{transport.Length}.{LabZone.Clients}", transport), StringComparison.Ordinal);

    [Theory]
    [InlineData("suspect", "+notcp")]
    [InlineData("suspect", "+tcp")]
    public void Workload_that_does_not_ask_for_it_is_not_looked_at(string workload, string transport)
    {
        var name = $"unasked{transport.Length}.{EnforcedLab.Denied}";

        Assert.Contains("status: NOERROR", Dig(workload, enforced.Lab.ResolverV4, name, transport), StringComparison.Ordinal);
        Assert.Empty(enforced.Agent.Events(seen => seen.IsFor(name)));
    }

    [Fact]
    public void Frame_of_a_workload_that_does_not_ask_for_it_is_not_looked_at()
    {
        var name = $"unasked-frame.{EnforcedLab.Denied}";

        var asked = Asked.By(enforced.Suspect, "frame", enforced.Lab.ResolverV4, name, $"port={Lab.Lab.OtherPort}");

        Assert.Contains(asked.Answers, answer => !answer.IsDenial);
        Asked.By(enforced.Suspect, "connected", enforced.Lab.ResolverV4, $"behind-it.{LabZone.Clients}");
        enforced.Agent.WaitForExchange($"behind-it.{LabZone.Clients}");
        Assert.Empty(enforced.Agent.Events(seen => seen.IsFor(name)));
    }

    [Fact]
    public void What_is_no_query_passes()
    {
        var fetched = enforced.Lab.Workload("ports").Run("curl", "-sS", "--noproxy", "*", $"http://{enforced.Lab.WebPod.V4}/");

        Assert.Contains("Eider's lab", fetched.Output, StringComparison.Ordinal);
    }

    private static IPAddress Server(Pod pod, bool v6) => v6 ? pod.V6 : pod.V4;

    private string Dig(string workload, IPAddress server, string name, string transport) =>
        Said(enforced.Lab.Workload(workload).Run("dig", "-p", $"{Lab.Lab.OtherPort}", $"@{server}", name, "A", transport, "+tries=1", "+timeout=3"));

    private static string DigOverTls(Workload workload, IPAddress server, string label) =>
        Said(workload.Run("dig", "+tls", $"@{server}", $"{label}.{LabZone.Clients}".ToLowerInvariant(), "A", "+tries=1", "+timeout=3"));

    private static string Said(Finished result) => result.Output + result.Error;

    private SeenEvent WaitForDenial(string transport, IPAddress server, string? comm) => enforced.Agent.WaitForEvent("its denial", seen =>
        seen.Standalone == "encrypted" && seen.Transport == transport && seen.Server?.Ip == $"{server}" && seen.Process?.Comm == comm && seen.Verdict is { Action: "deny", Mode: "enforce" });

    private void AssertNotSeen(WireTap tap, string label)
    {
        var later = $"later{Guid.NewGuid():N}";
        Asked.By(enforced.Lab.Workload("free"), "connected", Stray.V4, $"{later}.{LabZone.Clients}");
        Assert.False(tap.HasSeen(label, later), $"a frame with {label} reached the server");
    }
}
