// Processes without a veth of their own: on the host's network, and behind a stub resolver on loopback.

using Eider.Lab;
using Xunit;

namespace Eider.Kernel.Tests.Enforcement;

[Collection(EnforcedLabCollection.Name)]
public sealed class HostTests(EnforcedLab enforced)
{
    [Theory]
    [InlineData("connected", false)]
    [InlineData("connected", true)]
    [InlineData("stream", false)]
    [InlineData("stream", true)]
    [InlineData("stream_octets", false)]
    public void Host_process_is_answered_on_the_device_its_query_leaves_by(string way, bool v6)
    {
        var host = enforced.Lab.Workload("host");
        var server = v6 ? enforced.Lab.ResolverV6 : enforced.Lab.ResolverV4;
        var label = $"host-{way}-{v6}".Replace('_', '-');

        var denied = Asked.By(host, way, server, $"{label}.{EnforcedLab.Denied}");
        var allowed = Asked.By(host, way, server, $"{label}.benign.{LabZone.Clients}");

        denied.AssertDenied();
        Assert.Equal(way == "connected" ? null : "ECONNRESET", denied.End);
        Assert.Equal($"{enforced.Lab.WebPod.V4}", Assert.Single(allowed.Answer.Data));
        enforced.AssertStayed($"{label}\u0006denied");
    }

    [Theory]
    [InlineData("")]
    [InlineData("reverse=1")]
    public void Verdicts_of_host_queries_that_wait_together_are_not_mistaken_for_each_other(string order)
    {
        var name = $"hostpair{order.Length}";

        var asked = Asked.By(enforced.Lab.Workload("host"), "overtaken", enforced.Lab.ResolverV4, $"{name}.{EnforcedLab.Denied}",
            [$"other={enforced.Lab.Slot.V4(240 + order.Length)}", $"device={enforced.Lab.Slot.Bridge}", .. order.Length == 0 ? (string[])[] : [order]]);

        Assert.True(asked.Answers[0].IsDenial, asked.Said);
        enforced.AssertStayed($"{name}\u0006denied");
    }

    [Fact]
    public void Query_to_a_stub_on_loopback_is_answered_there_and_the_stub_hears_nothing()
    {
        var stub = enforced.Lab.Workload("stub");

        var denied = stub.Run("dig", $"@{StubPod.Address}", $"looped.{EnforcedLab.Denied}", "A", "+tries=1").MustSucceed("dig").Output;
        var allowed = stub.Run("dig", $"@{StubPod.Address}", $"looped.{LabZone.Clients}", "A", "+tries=1").MustSucceed("dig").Output;

        Assert.Contains("status: NXDOMAIN", denied, StringComparison.Ordinal);
        Assert.Contains("EDE: 15", denied, StringComparison.Ordinal);
        Assert.Contains("status: NOERROR", allowed, StringComparison.Ordinal);
        enforced.AssertStayed("looped\u0006denied");
        Assert.Equal($"{StubPod.Address}", enforced.Agent.WaitForExchange($"looped.{EnforcedLab.Denied}").Server!.Ip);
    }

    [Fact]
    public void Query_over_tcp_to_a_stub_on_loopback_is_reset()
    {
        var asked = Asked.By(enforced.Lab.Workload("stub"), "stream", StubPod.Address, $"looped-stream.{EnforcedLab.Denied}");

        Assert.Equal("ECONNRESET", asked.End);
        Assert.Empty(asked.Answers);
    }
}
