// Proves the lab itself: every client, every way it can ask.

namespace Eider.Lab;

internal static class Check
{
    /// <returns>Exit code: 0 when every client got its answer.</returns>
    public static int Run()
    {
        using var lab = Lab.Create();
        var failures = 0;
        foreach (var client in LabClient.All)
        {
            var pod = lab.AddPod(client.Name);
            foreach (var via in Enum.GetValues<Via>().Where(via => client.CanTcp || via is Via.UdpV4 or Via.UdpV6))
            {
                failures += Report(client.Name, $"{via}", () => client.Start(lab, pod, $"{client.Name}-{via}.{LabZone.Clients}".ToLowerInvariant(), via));
            }
        }

        var stub = StubPod.Add(lab, "stub");
        failures += Report("stub", $"{Via.UdpV4}", () => stub.Pod.Start("getent", "ahosts", $"stub.{LabZone.Clients}"));
        return failures == 0 ? 0 : 1;
    }

    private static int Report(string client, string via, Func<LabProcess> start)
    {
        using var running = start();
        running.CloseInput();
        var finished = running.Wait(TimeSpan.FromSeconds(30));
        var said = (finished.Output + finished.Error).ReplaceLineEndings(" ").Trim();
        Console.WriteLine($"{client,-13} {via,-6} pid {finished.Pid,-7} {(finished.ExitCode == 0 ? "ok" : $"FAILED ({finished.ExitCode})")}  {(said.Length > 90 ? said[^90..] : said)}");
        return finished.ExitCode == 0 ? 0 : 1;
    }
}
