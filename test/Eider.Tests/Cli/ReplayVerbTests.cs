using System.Diagnostics;
using System.Text.Json;
using Eider.Cli;
using Xunit;

namespace Eider.Tests.Cli;

public sealed class ReplayVerbTests : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("eider-replay-").FullName;

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    [Fact]
    public async Task Exchange_is_summed_up()
    {
        var run = await EiderProcess.Run("replay", Written("one.pcap", CaptureBytes.OneExchange()));

        Assert.Equal(ExitCode.Ok, run.ExitCode);
        Assert.Empty(run.Error);
        Assert.Contains("exchanges           1", run.Output, StringComparison.Ordinal);
        Assert.Contains("www.example.com", run.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("\e", run.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Exchange_is_one_json_line_from_standard_input()
    {
        var run = await EiderProcess.Run(["replay", "-o", "json", "-"], CaptureBytes.OneExchange());

        var line = JsonDocument.Parse(Assert.Single(run.Output.TrimEnd('\n').Split('\n'))).RootElement;
        Assert.Equal("transaction", line.GetProperty("kind").GetString());
        Assert.Equal("192.0.2.7", line.GetProperty("answers")[0].GetProperty("data").GetString());
        Assert.Equal(12_000, line.GetProperty("latency_us").GetDouble());
        Assert.False(line.TryGetProperty("node", out _));
    }

    [Fact]
    public async Task Summary_for_programs_has_the_same_counts()
    {
        var run = await EiderProcess.Run("replay", "-o", "summary-json", Written("one.pcap", CaptureBytes.OneExchange()));

        var summary = JsonDocument.Parse(run.Output).RootElement;
        Assert.Equal((2, 1, 1, 1), (Count("packets"), Count("queries"), Count("responses"), Count("transactions")));
        Assert.Equal(1, summary.GetProperty("rcodes").GetProperty("NOERROR").GetInt32());

        int Count(string key) => summary.GetProperty(key).GetInt32();
    }

    [Theory]
    [InlineData("--rcode NOERROR --type A --name *.example.com --client 192.0.2.0/24 --min-latency 10ms", 1)]
    [InlineData("--name other.example.com --name www.example.com", 1)]
    [InlineData("--name www.example.com --type AAAA", 0)]
    [InlineData("--min-latency 13ms", 0)]
    [InlineData("--kind query,response", 2)]
    [InlineData("--role server", 0)]
    [InlineData("--ports 5300", 0)]
    public async Task Options_choose_events(string options, int expected)
    {
        var run = await EiderProcess.Run(["replay", "-o", "compact", .. options.Split(' '), Written("one.pcap", CaptureBytes.OneExchange())]);

        Assert.Equal(ExitCode.Ok, run.ExitCode);
        Assert.Equal(expected, run.Output.Count(static c => c == '\n'));
    }

    [Fact]
    public async Task Damaged_message_is_reported_with_its_first_place()
    {
        var capture = (byte[])[.. CaptureBytes.Header, .. CaptureBytes.Packet(0, 40000, 53, "123401000001000000000000" + "c00c00010001")];

        var run = await EiderProcess.Run("replay", Written("bad.pcap", capture));

        Assert.Equal(ExitCode.Ok, run.ExitCode);
        Assert.Contains("Malformed messages", run.Output, StringComparison.Ordinal);
        Assert.Contains("192.0.2.1 - 192.0.2.53", run.Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("missing.pcap", null, "no such file")]
    [InlineData("text.pcap", "not a capture", "text.pcap")]
    public async Task File_that_is_no_capture_is_one_line_and_exit_code_4(string name, string? content, string expected)
    {
        var path = content is null ? Path.Combine(_directory, name) : Written(name, System.Text.Encoding.ASCII.GetBytes(content));

        var run = await EiderProcess.Run("replay", path);

        Assert.Equal(ExitCode.BadInput, run.ExitCode);
        Assert.Contains(expected, run.Error, StringComparison.Ordinal);
        Assert.Single(run.Error.TrimEnd('\n').Split('\n'));
        Assert.Empty(run.Output);
    }

    [Fact]
    public async Task Truncated_capture_is_read_up_to_its_end_and_said_to_be_truncated()
    {
        var run = await EiderProcess.Run("replay", "-o", "compact", Written("cut.pcap", [.. CaptureBytes.OneExchange(), 1, 2, 3]));

        Assert.Equal(ExitCode.BadInput, run.ExitCode);
        Assert.Contains("www.example.com", run.Output, StringComparison.Ordinal);
        Assert.Contains("cut.pcap", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Reader_that_has_gone_ends_the_replay_quietly()
    {
        var many = (byte[])[.. CaptureBytes.Header, .. Enumerable.Range(0, 20_000).SelectMany(static at => CaptureBytes.Packet(at, 40000, 53, "123401000001000000000000" + "0377777700" + "00010001"))];
        using var process = Process.Start(EiderProcess.With("replay", "-o", "json", "--kind", "query", Written("many.pcap", many)))!;

        await process.StandardOutput.ReadLineAsync();
        process.StandardOutput.Close();
        var error = await process.StandardError.ReadToEndAsync();
        await process.WaitForExitAsync();

        Assert.Equal("", error);
        Assert.Equal(ExitCode.Ok, process.ExitCode);
    }

    private string Written(string name, byte[] content)
    {
        var path = Path.Combine(_directory, name);
        File.WriteAllBytes(path, content);
        return path;
    }
}
