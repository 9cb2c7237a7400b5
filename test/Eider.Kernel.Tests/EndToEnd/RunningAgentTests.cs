// What other commands learn from a running agent.

using System.Text.Json;
using Eider.Lab;
using Xunit;

namespace Eider.Kernel.Tests.EndToEnd;

[Collection(WatchedLabCollection.Name)]
public sealed class RunningAgentTests(WatchedLab watched)
{
    [Fact]
    public void Follower_sees_what_happens_from_now_on()
    {
        using var follower = Observe("--since", "1m", "--follow", "-o", "json");

        Ask("followed");

        follower.WaitFor($"followed.{LabZone.Clients}", AgentProcess.Patience);
    }

    [Fact]
    public void Follower_with_a_filter_sees_nothing_else()
    {
        using var follower = Observe("--since", "1m", "--follow", "-o", "compact", "--name", $"wanted.{LabZone.Clients}");

        Ask("unwanted");
        Ask("wanted");

        follower.WaitFor($"Query: wanted.{LabZone.Clients} A", AgentProcess.Patience);
        Assert.DoesNotContain("unwanted", follower.Output, StringComparison.Ordinal);
    }

    [Fact]
    public void Status_shows_programs_at_work_and_no_losses()
    {
        Ask("counted");
        watched.Agent.WaitForExchange($"counted.{LabZone.Clients}");

        using var status = JsonDocument.Parse(Eider("status", "-o", "json").MustSucceed("eider status").Output);

        Assert.Equal(watched.Agent.Process.Pid, status.RootElement.GetProperty("pid").GetInt32());
        Assert.Contains("dns_egress", status.RootElement.GetProperty("programs").EnumerateArray().Select(program => program.GetProperty("name").GetString()));
        Assert.All(status.RootElement.GetProperty("losses").EnumerateArray(), loss => Assert.True(loss.GetProperty("count").GetInt64() == 0, loss.ToString()));
    }

    [Fact]
    public void Nobody_to_ask_is_one_line_and_its_own_exit_code()
    {
        var finished = Command.Run(Host.Agent, ["status", "--socket", watched.Lab.PathOf("nobody.sock")]);

        Assert.Equal(5, finished.ExitCode);
        Assert.Single(finished.Error.Split('\n', StringSplitOptions.RemoveEmptyEntries));
    }

    private LabProcess Observe(params string[] arguments) =>
        LabProcess.Start(Host.Agent, ["observe", "--config", watched.Agent.ConfigPath, .. arguments]);

    private Finished Eider(string verb, params string[] arguments) => Command.Run(Host.Agent, [verb, "--config", watched.Agent.ConfigPath, .. arguments]);

    private void Ask(string label) =>
        watched.Pod("asker").Run("dig", $"@{watched.Lab.ResolverV4}", $"{label}.{LabZone.Clients}", "A").MustSucceed("dig");
}
