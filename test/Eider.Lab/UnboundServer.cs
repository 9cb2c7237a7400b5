// unbound as the lab's resolver: on the lab's own addresses, with the lab's own zone, without upstream.

namespace Eider.Lab;

internal static class UnboundServer
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(15);

    /// <summary>Starts it in <paramref name="pod"/> and returns when it answers on both addresses.</summary>
    /// <exception cref="LabException">It ended, or does not answer; with what it said.</exception>
    public static LabProcess Start(Pod pod, string zone, string directory)
    {
        var zoneFile = Path.Combine(directory, "root.zone");
        var configFile = Path.Combine(directory, "unbound.conf");
        File.WriteAllText(zoneFile, zone);
        File.WriteAllText(configFile, $"""
            server:
              directory: "{directory}"
              chroot: ""
              username: ""
              pidfile: ""
              do-daemonize: no
              use-syslog: no
              logfile: ""
              interface: {pod.V4}
              interface: {pod.V6}
              access-control: 0.0.0.0/0 allow
              access-control: ::/0 allow
              module-config: "iterator"
              num-threads: 1
              root-hints: ""
            remote-control:
              control-enable: no
            auth-zone:
              name: "."
              zonefile: "{zoneFile}"
              for-downstream: yes
              for-upstream: yes
              fallback-enabled: no

            """);
        var server = pod.Start("unbound", "-d", "-c", configFile);
        try
        {
            AwaitAnswer(pod, server, pod.V4.ToString());
            AwaitAnswer(pod, server, pod.V6.ToString());
            return server;
        }
        catch
        {
            server.Dispose();
            throw;
        }
    }

    private static void AwaitAnswer(Pod pod, LabProcess server, string address)
    {
        var started = TimeProvider.System.GetTimestamp();
        while (pod.Run("dig", $"@{address}", "www.lab.internal", "A", "+short", "+timeout=1", "+tries=1") is { ExitCode: not 0 } dig)
        {
            if (server.HasExited || TimeProvider.System.GetElapsedTime(started) > Limit)
            {
                throw new LabException($"unbound does not answer on {address}: {server.Error.Trim()} {dig.Output.Trim()}");
            }
        }
    }
}
