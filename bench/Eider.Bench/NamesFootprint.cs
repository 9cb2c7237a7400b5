// What a list of the standard size costs the agent and the kernel: memory at rest, time to put it in force.

using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;
using Eider.Lab;

namespace Eider.Bench;

internal static partial class NamesFootprint
{
    private const int Swaps = 5;

    /// <summary>What start needed and the collector gave back is gone by then.</summary>
    private static readonly TimeSpan Rest = TimeSpan.FromSeconds(10);

    public static IEnumerable<Measurement> Measure(string agent)
    {
        using var lab = Eider.Lab.Lab.Create();
        var pod = lab.AddPod("client");
        var kernelBefore = KernelOctets(); // once: the kernel gives maps back a while after their last user has ended
        var (residentWithout, _, _, _) = Run(agent, lab, ListPolicy.WriteWithoutList(lab, pod), kernelBefore, swaps: 0);
        var (residentWith, _, kernelWith, swapMs) = Run(agent, lab, ListPolicy.Write(lab, pod), kernelBefore, Swaps);
        var octets = (Math.Max(0, residentWith - residentWithout) * 1024 * 1024) + kernelWith;
        return
        [
            Measurement.AtMost("names.bytes_per_name", octets / SyntheticNames.Standard, "B", 25),
            Measurement.Of("names.kernel_bytes_per_name", kernelWith / SyntheticNames.Standard, "B"),
            Measurement.AtMost("names.swap_ms", swapMs, "ms", 1000),
            Measurement.AtMost("agent.rss_names_mib", residentWith, "MiB", 80) with { Command = "make bench ARGS='--only names'" },
        ];
    }

    /// <summary>The largest lists there are, all in one.</summary>
    public static IEnumerable<Measurement> MeasureStress(string agent)
    {
        using var lab = Eider.Lab.Lab.Create();
        var (resident, peak, kernel, swapMs) = Run(agent, lab, ListPolicy.Write(lab, lab.AddPod("client"), SyntheticNames.Stress), KernelOctets(), Swaps);
        return
        [
            Measurement.Of("stress.kernel_bytes_per_name", kernel / SyntheticNames.Stress, "B"),
            Measurement.Of("stress.swap_ms", swapMs, "ms"),
            Measurement.Of("stress.rss_mib", resident, "MiB"),
            Measurement.Of("stress.peak_rss_mib", peak, "MiB"),
        ];
    }

    /// <returns>Resident MiB, the most of them at any time, octets of the kernel's tables of names and of the filters in front of them, and the median time of a swap.</returns>
    private static (double ResidentMiB, double PeakMiB, double KernelOctets, double SwapMs) Run(string agent, Eider.Lab.Lab lab, string policy, double kernelBefore, int swaps)
    {
        using var pins = new PinSpace();
        using var running = QuietAgent.Start(agent, lab.PathOf("agent"), new Enforcing(pins, policy));
        for (var swap = 1; swap <= swaps; swap++)
        {
            // A policy that says something else: everything is compiled anew and put in the place of what is in force.
            File.WriteAllText(policy, File.ReadAllText(policy).Replace("rules: [{action: deny,", "rules: [{action: allow, names: [a.example]}, {action: deny,", StringComparison.Ordinal));
            running.WaitUntil(() => InForce().Count(running.Error) > swap, "new policies in force", AgentProcess.Patience * 2);
        }

        Thread.Sleep(Rest);
        var times = InForce().Matches(running.Error).Skip(1).Select(match => double.Parse(match.Groups[1].Value, NumberStyles.AllowThousands, CultureInfo.InvariantCulture));
        return (Resident.MiB(running.Pid), Resident.PeakMiB(running.Pid), KernelOctets() - kernelBefore, swaps == 0 ? 0 : Measurement.Median(times));
    }

    private static double KernelOctets()
    {
        using var maps = JsonDocument.Parse(Command.Run("bpftool", ["-j", "map", "show"]).MustSucceed("bpftool map show").Output);
        return maps.RootElement.EnumerateArray()
            .Where(map => map.TryGetProperty("name", out var name) && name.GetString() is "eider_names" or "policy_filter")
            .Sum(map => map.GetProperty("bytes_memlock").GetDouble());
    }

    [GeneratedRegex(@"policies in force: .* after ([\d,]+) ms")]
    private static partial Regex InForce();
}
