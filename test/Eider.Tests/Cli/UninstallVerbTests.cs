// What `eider uninstall` deletes, and what it leaves alone. Folders stand for the BPF file system here; the kernel's part is tested with root.

using Eider.Api;
using Eider.Cli;
using Eider.Core.Config;
using Eider.Core.Sensors;
using Xunit;

namespace Eider.Tests.Cli;

public sealed class UninstallVerbTests : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("eider-uninstall-").FullName;
    private readonly StringWriter _output = new();

    public void Dispose()
    {
        _output.Dispose();
        Directory.Delete(_directory, recursive: true);
    }

    private PinDirectory Pins => new(Path.Combine(_directory, "bpf"));

    private EiderConfig Config => EiderConfig.Default with
    {
        Api = new ApiConfig { Socket = Path.Combine(_directory, "run/eider.sock") },
        History = new HistoryConfig { Path = Path.Combine(_directory, "lib/history.db") },
        Policy = new PolicyConfig { Lists = Path.Combine(_directory, "lib/lists") },
    };

    [Fact]
    public void Kernel_and_socket_are_cleaned_and_what_is_known_stays()
    {
        LeaveEverything();

        UninstallVerb.Remove(_output, Pins, Config, purge: false);

        Assert.Equal(["lib"], Directory.GetFileSystemEntries(_directory).Select(Path.GetFileName));
        Assert.Equal(["history.db", "history.db-wal", "history.db.damaged-20260131T120000Z", "lists"], Directory.GetFileSystemEntries(Path.Combine(_directory, "lib")).Select(Path.GetFileName).Order());
        Assert.Equal(
            ["bpf/abi-1/links/a", "bpf/abi-2/links/dns_egress", "bpf/abi-2/maps/counters", "bpf", "run/eider.sock.lock", "run"],
            _output.ToString().Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => Path.GetRelativePath(_directory, line["removed ".Length..])));
    }

    [Fact]
    public void Agent_of_another_configuration_is_seen_by_the_pins_it_runs_on()
    {
        LeaveEverything();
        using var first = Pins.Claim();
        using (Pins.Claim())
        {
            var refused = Assert.Throws<CliException>(() => UninstallVerb.Remove(_output, Pins, Config, purge: false));

            Assert.Contains("an agent runs on", refused.Message, StringComparison.Ordinal);
            Assert.True(File.Exists(Path.Combine(_directory, "bpf/abi-2/links/dns_egress")));
        }

        first.Dispose();
        UninstallVerb.Remove(_output, Pins, Config, purge: false);

        Assert.False(Directory.Exists(Pins.Root));
    }

    [Fact]
    public void Purge_leaves_nothing()
    {
        LeaveEverything();

        UninstallVerb.Remove(_output, Pins, Config, purge: true);

        Assert.Empty(Directory.GetFileSystemEntries(_directory));
    }

    [Fact]
    public void Purge_leaves_what_others_keep_beside_lists_and_history()
    {
        LeaveEverything();
        Leave("lib/theirs.txt");
        Leave("lib/lists/notes/readme.txt");

        UninstallVerb.Remove(_output, Pins, Config, purge: true);

        Assert.Equal(["lib/lists/notes/readme.txt", "lib/theirs.txt"], Directory.GetFiles(_directory, "*", SearchOption.AllDirectories).Select(file => Path.GetRelativePath(_directory, file)).Order());
    }

    [Fact]
    public void Running_agent_is_left_alone()
    {
        LeaveEverything();
        using var agent = SocketClaim.Take(Config.Api.Socket);

        var refused = Assert.Throws<CliException>(() => UninstallVerb.Remove(_output, Pins, Config, purge: true));

        Assert.Contains("another agent is running; stop it", refused.Message, StringComparison.Ordinal);
        Assert.True(File.Exists(Path.Combine(_directory, "bpf/abi-2/links/dns_egress")));
        Assert.True(File.Exists(Config.History.Path));
        Assert.Empty(_output.ToString());
    }

    [Fact]
    public void Machine_without_anything_of_ours_is_left_as_it_is()
    {
        UninstallVerb.Remove(_output, Pins, Config, purge: true);

        Assert.Equal("nothing to remove\n", _output.ToString());
        Assert.Empty(Directory.GetFileSystemEntries(_directory));
    }

    private void LeaveEverything()
    {
        foreach (var file in new[]
        {
            "bpf/abi-2/links/dns_egress", "bpf/abi-2/maps/counters", "bpf/abi-1/links/a", "run/eider.sock.lock",
            "lib/history.db", "lib/history.db-wal", "lib/history.db.damaged-20260131T120000Z",
            "lib/lists/ads/list.json", "lib/lists/ads/0123456789abcdef.list", "lib/lists/ads/lock", "lib/lists/broken/lock",
        })
        {
            Leave(file);
        }
    }

    private void Leave(string file)
    {
        var path = Path.Combine(_directory, file);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllText(path, "");
    }
}
