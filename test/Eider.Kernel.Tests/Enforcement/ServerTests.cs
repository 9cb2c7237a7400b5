// Which server is asked: pinned, and exchanged without the asker noticing.

using System.Net;
using Eider.Lab;
using Xunit;

namespace Eider.Kernel.Tests.Enforcement;

[Collection(EnforcedLabCollection.Name)]
public sealed class ServerTests(EnforcedLab enforced)
{
    private Pod Redirected => (Pod)enforced.Lab.Workload("redirected");

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Listed_server_may_be_asked(bool v6)
    {
        var answer = Asked.By(enforced.Lab.Workload("pinned"), "connected", v6 ? enforced.Lab.ResolverV6 : enforced.Lab.ResolverV4, $"listed-{v6}.{LabZone.Clients}").Answer;

        Assert.Equal($"{enforced.Lab.WebPod.V4}", Assert.Single(answer.Data));
    }

    [Theory]
    [InlineData("connected", false)]
    [InlineData("connected", true)]
    [InlineData("unconnected", false)]
    public void Other_server_is_refused_in_its_name_and_hears_nothing(string way, bool v6)
    {
        var other = (Pod)enforced.Lab.Workload("other-server");
        using var tap = new WireTap(other);
        var label = $"elsewhere-{way}-{v6}";

        var answer = Asked.By(enforced.Lab.Workload("pinned"), way, v6 ? other.V6 : other.V4, $"{label}.{LabZone.Clients}", "fence=none", "edns=1").Answer;

        Assert.Equal(5, answer.Rcode);
        Assert.Equal(18, answer.ExtendedErrorCode);
        Assert.Equal($"{(v6 ? other.V6 : other.V4)}", answer.From);
        Assert.Equal("resolver", enforced.Agent.WaitForExchange($"{label}.{LabZone.Clients}").Verdict?.Reason);
        enforced.Lab.Workload("free").Run("dig", $"@{other.V4}", $"later.{LabZone.Clients}", "+tries=1", "+timeout=1");
        Assert.False(tap.HasSeen(label, "later"));
    }

    [Theory]
    [InlineData("connected", false)]
    [InlineData("connected", true)]
    [InlineData("unconnected", false)]
    [InlineData("unconnected", true)]
    [InlineData("iovecs", false)]
    [InlineData("iovecs", true)]
    [InlineData("mapped", false)]
    [InlineData("mapped_unconnected", false)]
    [InlineData("stream", false)]
    [InlineData("stream", true)]
    [InlineData("stream_mapped", false)]
    public void Redirected_client_gets_the_answer_from_the_address_it_asked(string way, bool v6)
    {
        var asked = v6 ? enforced.Lab.SilentV6 : enforced.Lab.SilentV4;

        var answer = Asked.By(Redirected, way, asked, $"redirected-{way}-{v6}.{LabZone.Clients}").Answer;

        Assert.Equal($"{enforced.Lab.WebPod.V4}", Assert.Single(answer.Data));
        Assert.Equal(way.Contains("mapped", StringComparison.Ordinal) ? $"::ffff:{asked}" : $"{asked}", answer.From);
    }

    [Theory]
    [InlineData("+notcp", false)]
    [InlineData("+notcp", true)]
    [InlineData("+tcp", false)]
    public void Dig_believes_the_answer(string transport, bool v6)
    {
        var asked = v6 ? enforced.Lab.SilentV6 : enforced.Lab.SilentV4;

        var said = Redirected.Run("dig", $"@{asked}", $"dig{transport.Length}.{LabZone.Clients}", "A", transport, "+tries=1").MustSucceed("dig").Output;

        Assert.Contains("status: NOERROR", said, StringComparison.Ordinal);
        Assert.Contains($"SERVER: {asked}#53", said, StringComparison.Ordinal);
        Assert.DoesNotContain("unexpected source", said, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("getent", false)]
    [InlineData("getent", true)]
    [InlineData("busybox", false)]
    [InlineData("python3", true)]
    [InlineData("node-resolve", false)]
    [InlineData("node-resolve", true)]
    [InlineData("dotnet", false)]
    public void Client_with_a_resolver_that_is_not_there_finds_its_names(string program, bool v6)
    {
        var client = LabClient.Named(program);
        var asked = v6 ? enforced.Lab.SilentV6 : enforced.Lab.SilentV4;
        var name = $"{program}-{v6}.{LabZone.Clients}".ToLowerInvariant();
        Redirected.UseResolver(asked);

        Redirected.Run(client.Program, client.ArgumentsFor(name, asked, false)).MustSucceed(program);

        // What is seen is what really happened.
        var seen = enforced.Agent.WaitForExchange(name);
        Assert.Equal(v6 ? $"{enforced.Lab.ResolverV6}" : $"{enforced.Lab.ResolverV4}", seen.Server!.Ip);
    }
}
