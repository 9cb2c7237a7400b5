// Devices that come and go while the agent attaches to them, as on a node whose pods crash again and again.

using System.Text.Json;
using Eider.Kernel.Tests.EndToEnd;
using Eider.Lab;
using Xunit;

namespace Eider.Kernel.Tests.Enforcement;

public sealed class VanishingDeviceTests : IDisposable
{
    private const int Pairs = 150;

    /// <summary>Made and taken away together: enough for some to vanish before the agent has come to them, and some while it is there.</summary>
    private const int AtOnce = 5;

    private const string Deny = $$"""rules: [{action: deny, names: ["*.{{EnforcedLab.Denied}}"]}]""";

    private readonly Lab.Lab _lab;
    private readonly PinSpace _pins = new();
    private readonly Pod _pod;

    public VanishingDeviceTests()
    {
        Host.RequireRoot();
        _lab = Eider.Lab.Lab.Create();
        _pod = _lab.AddPod("staying");
    }

    public void Dispose()
    {
        _pins.Dispose();
        _lab.Dispose();
    }

    [Fact]
    public void Devices_that_vanish_while_the_agent_attaches_leave_nothing_behind_and_the_others_are_judged()
    {
        var policy = _lab.PathOf("policy.yaml");
        File.WriteAllText(policy, LabPolicies.For(_pod, Deny));
        using var agent = AgentProcess.Start(Host.Agent, _lab.PathOf("agent"), enforcing: new Enforcing(_pins, policy));
        for (var pair = 0; pair < Pairs; pair += AtOnce)
        {
            ComeAndGo(pair);
            if (pair % 50 == 0)
            {
                AssertDenied($"n{pair}");
            }
        }

        AssertDenied("after");
        Leftovers left;
        var since = TimeProvider.System.GetTimestamp();
        do
        {
            left = Left(agent);
        }
        while (!left.IsNothing && TimeProvider.System.GetElapsedTime(since) < AgentProcess.Patience);

        Assert.True(left.IsNothing, $"{left}");
        Assert.False(agent.Process.HasExited);
        Assert.DoesNotContain("wire layer: gone", agent.Process.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("wire layer: lo of", agent.Process.Error, StringComparison.Ordinal);
    }

    /// <summary>Namespaces with a veth to the node, as pods have; what is left of one goes with the lab.</summary>
    private void ComeAndGo(int first)
    {
        string[] names = [.. Enumerable.Range(first, AtOnce).Select(number => _lab.Slot.Netns($"gone{number}"))];
        Command.Ip(null, [.. names.Select(name => $"netns add {name}")]);
        Command.Ip(null, [.. names.Select((name, number) => $"link add {Device(first + number)} up type veth peer name eth0 netns {name}")]);
        Command.Ip(null, [.. names.Select((name, number) => number % 2 == 0 ? $"netns del {name}" : $"link del {Device(first + number)}")]);
        Command.Ip(null, [.. names.Where((name, number) => number % 2 != 0).Select(name => $"netns del {name}")]);
    }

    /// <summary>Gone a moment after its peer's namespace, so that no name comes twice.</summary>
    private string Device(int number) => $"gone{_lab.Slot.Number}-{number}";

    private void AssertDenied(string label)
    {
        var said = _pod.Run("dig", $"@{_lab.ResolverV4}", $"{label}.{EnforcedLab.Denied}", "A", "+tries=1", "+timeout=3").Output;
        Assert.Contains("status: NXDOMAIN", said, StringComparison.Ordinal);
        Assert.Contains("EDE: ", said, StringComparison.Ordinal);
    }

    /// <summary>What the wire layer has of devices that are not there any more. Other namespaces of the machine come and go too.</summary>
    private Leftovers Left(AgentProcess agent)
    {
        var pins = _pins.Pinned();
        var ends = pins.Where(pin => pin.Contains("/wire_workload@", StringComparison.Ordinal)).ToList();
        var cookie = ends.Count > 0 ? ends[0][(ends[0].IndexOf('@') + 1)..ends[0].LastIndexOf('-')] : throw new LabException("nothing is attached to the lab's pods");
        using var devices = JsonDocument.Parse(Command.Run("ip", ["-json", "link"]).MustSucceed("ip").Output);
        var there = devices.RootElement.EnumerateArray().Select(device => $"{device.GetProperty("ifindex").GetInt32()}").ToHashSet();
        var links = pins.Count(pin => pin.Contains($"@{cookie}-", StringComparison.Ordinal) && !there.Contains(pin[(pin.LastIndexOf('-') + 1)..]));
        using var status = JsonDocument.Parse(Command.Run(Host.Agent, ["status", "-o", "json", "--measure", "0s", "--config", agent.ConfigPath]).MustSucceed("eider status").Output);
        var wire = status.RootElement.GetProperty("wire");
        var workloads = wire.GetProperty("workloads").GetInt32();
        return new(links, Entries(pins, "wire_devices") - wire.GetProperty("devices").GetInt32() - workloads, Math.Max(0, Entries(pins, "wire_workloads") - workloads));
    }

    private int Entries(IReadOnlyList<string> pins, string map)
    {
        var path = pins.First(pin => pin.EndsWith($"/{map}", StringComparison.Ordinal));
        using var dump = JsonDocument.Parse(_pins.Run("bpftool", "-j", "map", "dump", "pinned", path).MustSucceed("bpftool").Output);
        return dump.RootElement.GetArrayLength();
    }

    /// <param name="Links">Of devices of the node.</param>
    /// <param name="Covered">Entries of <c>wire_devices</c> beyond one for each device and one for each workload's end.</param>
    /// <param name="Owned">Entries of <c>wire_workloads</c> beyond one for each workload.</param>
    private sealed record Leftovers(int Links, int Covered, int Owned)
    {
        public bool IsNothing => this is { Links: 0, Covered: 0, Owned: 0 };
    }
}
