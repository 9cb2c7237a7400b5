// A second resolver that is asked what it says: real resolvers, of which one answers otherwise, is asked over TLS, or is not there.

using Eider.Lab;
using Xunit;

namespace Eider.Kernel.Tests.EndToEnd;

public sealed class CrossCheckTests : IDisposable
{
    private const string Truth = "192.0.2.200";

    private readonly Lab.Lab lab;
    /// <summary>A server that has an address for every name, and says that it asks others.</summary>
    private readonly Pod first;
    private readonly Pod client;

    public CrossCheckTests()
    {
        Host.RequireRoot();
        lab = Lab.Lab.Create();
        first = FarResolver.Add(lab, TimeSpan.Zero, ($"lied.{LabZone.Public}", "203.0.113.66")).Behind;
        client = lab.AddPod("client");
    }

    public void Dispose() => lab.Dispose();

    [Fact]
    public void Names_are_compared_once_and_those_that_differ_are_counted()
    {
        using var agent = Start($"resolver: {lab.ResolverV4}, queriesPerSecond: 10");
        Ask("same", Truth);
        Ask("lied", "203.0.113.66");

        var counters = Await(agent, static counters => counters["cross_checked"] >= 2);

        Assert.Equal((2, 1, 0), (counters["cross_checked"], counters["cross_check_differed"], counters["cross_check_failed"]));
        var own = agent.WaitForEvent("the agent's own question", seen => seen.Kind == "transaction" && seen.Role == "client" && seen.Process?.Pid == agent.Process.Pid && seen.IsFor($"same.{LabZone.Public}"));
        Assert.Equal($"{lab.ResolverV4}", own.Server!.Ip);
        Assert.NotEqual($"same.{LabZone.Public}", own.Name); // of a spelling by chance
        Assert.Empty(agent.Events(seen => seen.Kind == "alert"));
    }

    [Fact]
    public void Resolver_is_asked_over_tls_where_its_certificate_is_trusted_and_bears_its_name()
    {
        var (path, name) = lab.ResolverCertificate;
        using var trusted = Start($"resolver: {lab.ResolverV4}, tls: {name}", path);
        Ask("trusted", Truth);
        Assert.Equal(0, Await(trusted, static counters => counters["cross_checked"] == 1)["cross_check_differed"]);
        trusted.Dispose();

        using var other = Start($"resolver: \"{lab.ResolverV6}\", tls: other.lab.internal", path);
        Ask("other", Truth);
        Assert.Equal(1, Await(other, static counters => counters["cross_check_failed"] > 0)["cross_check_failed"]);
        Assert.Matches(@"error +\[.*\]:853: ", Status(other));
        Assert.Contains("1 untrusted", Status(other), StringComparison.Ordinal);
    }

    [Fact]
    public void Resolver_that_is_not_there_costs_nobody_anything()
    {
        using var agent = Start($"resolver: {client.V4}"); // nobody listens there
        Ask("alone", Truth);

        var counters = Await(agent, static counters => counters["cross_check_failed"] > 0);

        Assert.Equal(0, counters["cross_checked"]);
        Assert.Contains("1 unreachable", Status(agent), StringComparison.Ordinal);
        Ask("still", Truth);
        Assert.Empty(agent.Events(seen => seen.Kind == "alert"));
    }

    private AgentProcess Start(string check, string? trusts = null) => AgentProcess.Start(Host.Agent, lab.PathOf("agent"), config: $"detect: {{crossCheck: {{{check}}}}}", trusts: trusts);

    private void Ask(string label, string answer) => Assert.EndsWith($": status: NOERROR, {answer}, SERVER: {first.V4}", Dig.Ask(client, $"{first.V4}", $"{label}.{LabZone.Public}"), StringComparison.Ordinal);

    private static string Status(AgentProcess agent) => Command.Run(Host.Agent, ["status", "--measure", "0s", "--config", agent.ConfigPath]).MustSucceed("eider status").Output;

    private static AgentCounters Await(AgentProcess agent, Predicate<AgentCounters> holds)
    {
        var started = TimeProvider.System.GetTimestamp();
        while (true)
        {
            var counters = AgentCounters.Read(Host.Agent, agent.ConfigPath);
            if (holds(counters))
            {
                return counters;
            }

            Assert.True(TimeProvider.System.GetElapsedTime(started) < AgentProcess.Patience, Status(agent));
        }
    }
}
