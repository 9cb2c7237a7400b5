// Mutes and address lists while an agent runs: followed, and the last good one kept.

using Eider.Core;
using Eider.Core.Config;
using Eider.Core.Detect;
using Eider.Core.Policy;
using Eider.Tests.Lists;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace Eider.Tests.Detect;

public sealed class DetectSourcesTests : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("eider-detect-").FullName;
    private readonly FakeTimeProvider time = new(new DateTimeOffset(2026, 1, 31, 12, 0, 0, TimeSpan.Zero));
    private readonly List<string> log = [];
    private readonly Detection detection = new(new DetectOptions { Suffixes = PublicSuffix.Fallback }, 1, static _ => { });

    private string Mutes => Path.Combine(folder, "mutes.yaml");

    private string Bad => Path.Combine(folder, "bad.txt");

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Fact]
    public void Mutes_follow_their_file_and_a_broken_one_leaves_the_last_good_in_force()
    {
        using var sources = Start(new DetectConfig { Mutes = [Mutes] });
        Assert.Equal((false, 0), (sources.Mutes[0].IsThere, detection.Mutes.Mutes.Count));

        Write(Mutes, "mutes:\n  - {name: a.example}\n  - {name: b.example, until: 2026-01-01}\n");
        Look(sources);
        Assert.Equal(2, detection.Mutes.Mutes.Count);
        Assert.Equal(new MuteFileStatus(Mutes, true, 2, 1, null), sources.Mutes[0]);
        Assert.Empty(log);

        Write(Mutes, "mutes:\n  - {nam: a.example}\n  - {name: 5 5}\n");
        Look(sources);
        var trouble = $"{Mutes}:2:6: unknown key \"nam\" in a mute; did you mean \"name\"? (and 1 more); the 2 that were in it before stay in force";
        Assert.Equal((2, trouble), (detection.Mutes.Mutes.Count, sources.Mutes[0].Trouble));
        Assert.Equal([$"mutes: {trouble}"], log);

        File.Delete(Mutes);
        Look(sources);
        Assert.Equal((2, true), (detection.Mutes.Mutes.Count, sources.Mutes[0].Trouble!.Contains("no such file", StringComparison.Ordinal)));

        Write(Mutes, "mutes:\n");
        Look(sources);
        Assert.Equal((0, null), (detection.Mutes.Mutes.Count, sources.Mutes[0].Trouble));
    }

    [Fact]
    public void Broken_mutes_at_the_start_mute_nothing_and_other_files_hold()
    {
        var other = Path.Combine(folder, "other.yaml");
        Write(Mutes, "mutes: 5\n");
        Write(other, "mutes: [{name: a.example}]\n");
        using var sources = Start(new DetectConfig { Mutes = [Mutes, other] });

        Assert.Single(detection.Mutes.Mutes);
        Assert.EndsWith("nothing is muted by it", Assert.Single(log), StringComparison.Ordinal);
    }

    [Fact]
    public void Listed_addresses_are_in_force_from_the_start_and_a_bad_line_refuses_the_next_version_as_a_whole()
    {
        Write(Bad, "192.0.2.0/24\n");
        using (var sources = Start(Listing(new FileListSource(Bad))))
        {
            Assert.NotNull(Found("192.0.2.7"));
            Assert.Equal(("bad", 1, null), (sources.Lists[0].Name, sources.Lists[0].Ranges, sources.Lists[0].Trouble));
        }

        Write(Bad, "192.0.2.0/24\n203.0.113.0/33\nwww.example.com\n");
        using (var sources = Start(Listing(new FileListSource(Bad))))
        {
            Assert.NotNull(Found("192.0.2.7"));
            Assert.StartsWith("list bad:2:1: \"203.0.113.0/33\" is no address or range", sources.Lists[0].Trouble, StringComparison.Ordinal);
            Assert.EndsWith("(and 1 more); the copy of 2026-01-31 12:00Z with 1 ranges stays in force", Assert.Single(log), StringComparison.Ordinal);
        }

        Write(Bad, "203.0.113.0/24\n");
        using (Start(Listing(new FileListSource(Bad))))
        {
            Assert.Equal((null, "203.0.113.0/24"), (Found("192.0.2.7"), Found("203.0.113.9")));
        }
    }

    [Theory]
    [InlineData("")]
    [InlineData("# only words\n")]
    [InlineData("<!DOCTYPE html><p>Log in")]
    [InlineData("10.0.0.1\n\0")]
    public void Content_that_is_no_list_is_told_and_nothing_is_in_force(string content)
    {
        Write(Bad, content);
        using var sources = Start(Listing(new FileListSource(Bad)));

        Assert.Empty(detection.BadAddresses);
        Assert.EndsWith("there is no earlier copy, so the list is empty", sources.Lists[0].Trouble, StringComparison.Ordinal);
    }

    [Fact]
    public async Task List_of_a_server_is_fetched_kept_and_in_force_after_a_restart_without_it()
    {
        var isUp = true;
        await using var server = await ListServer.StartAsync(context =>
        {
            context.Response.StatusCode = isUp ? 200 : 503;
            return context.Response.WriteAsync(isUp ? "198.51.100.0/24 ; SBL1\n" : "");
        });
        var config = Listing(new UrlListSource(server.Url, null));
        using (Start(config))
        {
            Assert.True(SpinWait.SpinUntil(() => detection.BadAddresses.Count == 1, TimeSpan.FromSeconds(20)));
        }

        isUp = false;
        detection.BadAddresses = [];
        time.Advance(TimeSpan.FromDays(1));
        using var sources = Start(config);
        Assert.Equal("198.51.100.0/24", Found("198.51.100.7"));
        Assert.True(SpinWait.SpinUntil(() => sources.Lists[0].Trouble is not null, TimeSpan.FromSeconds(20)));
        Assert.Contains("503", sources.Lists[0].Trouble, StringComparison.Ordinal);
        Assert.NotNull(Found("198.51.100.7"));
    }

    [Fact]
    public void Larger_list_than_allowed_is_refused()
    {
        Write(Bad, string.Concat(Enumerable.Repeat("192.0.2.1\n", 200)));
        using var sources = Start(Listing(new FileListSource(Bad), maxSize: 1024));

        Assert.Contains("is larger than 1KiB", sources.Lists[0].Trouble, StringComparison.Ordinal);
    }

    [Fact]
    public void Capture_is_read_with_what_there_is_and_told_what_there_is_not()
    {
        Write(Bad, "192.0.2.0/24\n");
        Write(Mutes, "mutes: [{nam: x}]\n");
        var config = new DetectConfig
        {
            Mutes = [Mutes, Path.Combine(folder, "none.yaml")],
            Addresses = [.. Listing(new FileListSource(Bad)).Addresses, .. Listing(new UrlListSource(new Uri("http://127.0.0.1:1/"), null), name: "far").Addresses],
            Lists = Path.Combine(folder, "copies"),
            InternalZones = ["corp.example"],
        };

        var options = DetectSources.Read(config, time, out var faults);

        Assert.Equal(2, faults.Count);
        Assert.Contains("list far: there is no copy of it yet; an agent fetches it", faults);
        Assert.Equal((1, 0, "corp.example"), (options.BadAddresses.Count, options.Mutes.Mutes.Count, options.InternalZones[0]));
    }

    private DetectConfig Listing(ListSource source, long maxSize = 1 << 20, string name = "bad") => new()
    {
        Mutes = [],
        Lists = Path.Combine(folder, "copies"),
        Addresses = [new DomainListSpec { Name = name, Source = source, Format = ListFormat.Addresses, MaxSize = maxSize, Place = default }],
    };

    private DetectSources Start(DetectConfig config)
    {
        log.Clear();
        var sources = new DetectSources(config, line =>
        {
            lock (log)
            {
                log.Add(line);
            }
        }, time);
        sources.Start(detection);
        return sources;
    }

    /// <summary>A change is taken when two looks agree.</summary>
    private static void Look(DetectSources sources)
    {
        sources.Turn();
        sources.Turn();
    }

    private string? Found(string address) =>
        detection.BadAddresses.Select(list => list.Find(IpAddress.TryParse(address, out var ip) ? ip : default)).FirstOrDefault(static range => range is not null);

    private static void Write(string path, string text) => File.WriteAllText(path, text);
}
