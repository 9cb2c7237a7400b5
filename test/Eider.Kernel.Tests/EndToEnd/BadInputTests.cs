// What a user gets who lacks something or wrote something wrong: one clear line and an exit code.

using System.Net;
using System.Net.Sockets;
using Eider.Lab;
using Xunit;

namespace Eider.Kernel.Tests.EndToEnd;

public sealed class BadInputTests : IDisposable
{
    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("eider-test-");

    public void Dispose() => _directory.Delete(recursive: true);

    [Fact]
    public void Run_without_privileges_names_the_capability()
    {
        Host.RequireRoot();

        var finished = Command.Run("setpriv", ["--bounding-set=-all", "--inh-caps=-all", Host.Agent, "run", "--config", Config()]);

        AssertOneLine(finished, 3, "CAP_BPF");
    }

    [Fact]
    public void Run_as_another_user_names_the_capability()
    {
        Host.RequireRoot();

        var finished = Command.Run("setpriv", ["--reuid=65534", "--regid=65534", "--clear-groups", "--inh-caps=-all", Host.Agent, "run"]);

        AssertOneLine(finished, 3, "CAP_BPF");
    }

    [Fact]
    public void Broken_config_is_refused_with_every_mistake_at_its_place()
    {
        var config = Write("eider.yaml", "dns:\n  ports: [0]\nhistroy:\n  enabled: true\n");

        var finished = Command.Run(Host.Agent, ["run", "--config", config]);

        Assert.Equal(4, finished.ExitCode);
        Assert.Contains("eider.yaml:2:11", finished.Error, StringComparison.Ordinal);
        Assert.Contains("eider.yaml:3:1", finished.Error, StringComparison.Ordinal);
        Assert.Contains("\"history\"", finished.Error, StringComparison.Ordinal);
        AssertNoStackTrace(finished);
    }

    [Fact]
    public void Missing_config_is_one_line() =>
        AssertOneLine(Command.Run(Host.Agent, ["run", "--config", Path.Combine(_directory.FullName, "absent.yaml")]), 4, "absent.yaml");

    [Fact]
    public void Foreign_file_is_no_capture() =>
        AssertOneLine(Command.Run(Host.Agent, ["replay", Write("notes.txt", "not a capture, but long enough to be one\n")]), 4, "notes.txt");

    [Fact]
    public void Missing_capture_is_one_line() =>
        AssertOneLine(Command.Run(Host.Agent, ["replay", Path.Combine(_directory.FullName, "absent.pcap")]), 4, "absent.pcap");

    [Fact]
    public void Second_agent_is_told_of_the_first()
    {
        Host.RequireRoot();
        using var first = AgentProcess.Start(Host.Agent, _directory.FullName);

        AssertOneLine(Command.Run(Host.Agent, ["run", "-o", "json", "--config", first.ConfigPath]), 1, first.SocketPath);
    }

    [Fact]
    public void Taken_port_is_one_line()
    {
        Host.RequireRoot();
        using var taken = new TcpListener(IPAddress.Loopback, 0);
        taken.Start();
        var config = Write("eider.yaml", $"api: {{socket: {_directory.FullName}/eider.sock, listen: \"{taken.LocalEndpoint}\"}}\nhistory: {{enabled: false}}\n");

        AssertOneLine(Command.Run(Host.Agent, ["run", "-o", "json", "--config", config]), 1, $"{taken.LocalEndpoint}");
    }

    [Fact]
    public void Run_without_cgroup_v2_says_how_to_mount_it() =>
        AssertOneLine(RunWithout($"umount -l {CgroupTree.MountPoint}"), 3, "mount -t cgroup2");

    [Fact]
    public void Run_on_a_kernel_without_type_information_says_so()
    {
        var finished = RunWithout("mount -t tmpfs none /sys/kernel/btf");

        Assert.Equal(3, finished.ExitCode);
        var lines = finished.Error.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.StartsWith("eider: run: ", lines[0], StringComparison.Ordinal);
        Assert.StartsWith("  mend: ", Assert.Single(lines[1..]), StringComparison.Ordinal);
        Assert.Contains("CONFIG_DEBUG_INFO_BTF", lines[1], StringComparison.Ordinal);
        AssertNoStackTrace(finished);
    }

    [Theory]
    [InlineData("umount -l {cgroup}", "cgroup v2")]
    [InlineData("mount -t tmpfs none /sys/kernel/btf", "CONFIG_DEBUG_INFO_BTF")]
    public void Doctor_names_what_is_missing(string change, string named)
    {
        Host.RequireRoot();

        var finished = InOwnMounts(change.Replace("{cgroup}", CgroupTree.MountPoint), "doctor");

        Assert.Equal(3, finished.ExitCode);
        Assert.Contains("missing", finished.Output, StringComparison.Ordinal);
        Assert.Contains(named, finished.Output, StringComparison.Ordinal);
        AssertNoStackTrace(finished);
    }

    [Fact]
    public void Doctor_finds_nothing_missing_where_the_tests_run()
    {
        Host.RequireRoot();

        Assert.Equal(0, Command.Run(Host.Agent, ["doctor"]).ExitCode);
    }

    [Fact]
    public void History_that_cannot_be_written_costs_history_and_nothing_else()
    {
        Host.RequireRoot();
        using var lab = Eider.Lab.Lab.Create();

        using var agent = AgentProcess.Start(Host.Agent, lab.PathOf("agent"), historyPath: "/proc/history.db");
        lab.AddPod("readonly").Run("dig", $"@{lab.ResolverV4}", $"readonly.{LabZone.Clients}", "A").MustSucceed("dig");

        agent.WaitForExchange($"readonly.{LabZone.Clients}");
        Assert.Contains("/proc/history.db", agent.Process.Error, StringComparison.Ordinal);
    }

    private static void AssertOneLine(Finished finished, int exitCode, string named)
    {
        Assert.Equal(exitCode, finished.ExitCode);
        Assert.Contains(named, finished.Error, StringComparison.Ordinal);
        Assert.Single(finished.Error.Split('\n', StringSplitOptions.RemoveEmptyEntries));
        AssertNoStackTrace(finished);
    }

    private static void AssertNoStackTrace(Finished finished) => Assert.DoesNotContain("   at ", finished.Error, StringComparison.Ordinal);

    private Finished RunWithout(string change)
    {
        Host.RequireRoot();
        return InOwnMounts(change, "run", "-o", "json", "--config", Config());
    }

    /// <summary>Runs the agent where a part of the system is hidden from it and from nobody else.</summary>
    private static Finished InOwnMounts(string change, params string[] arguments) =>
        Command.Run("unshare", ["--mount", "sh", "-c", $"{change} && exec \"$@\"", "sh", Host.Agent, .. arguments]);

    private string Config() => Write("eider.yaml", $"api: {{socket: {_directory.FullName}/eider.sock}}\nhistory: {{path: {_directory.FullName}/history.db}}\n");

    private string Write(string name, string text)
    {
        var path = Path.Combine(_directory.FullName, name);
        File.WriteAllText(path, text);
        return path;
    }
}
