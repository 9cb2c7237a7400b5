using System.Text.Json;
using System.Text.RegularExpressions;
using Eider.Cli;
using Eider.Output;
using Eider.Status;
using Xunit;

namespace Eider.Tests.Formats;

public sealed class StatusFormatTests
{
    internal static AgentStatus Sample { get; } = new()
    {
        Version = "0.1.0",
        AbiVersion = 2,
        Kernel = "6.1.0",
        Node = "node-1",
        Pid = 7,
        StartedAt = DateTimeOffset.UnixEpoch.AddDays(20_000),
        UptimeSeconds = 3_725,
        ResidentBytes = 48 << 20,
        CpuSeconds = 12.5,
        Programs = [new("dns_egress", "cgroup_skb/egress", 12, 1000, 50_000, 12_288, 20, 51.5), new("idle", "cgroup/connect4", 13, 0, 0, 4096, 0, null)],
        Maps = [new("events", "RingBuffer", 512, 8 << 20, 8 << 20), new("owners", "SocketStorage", null, 0, 0)],
        Counts = [new("queries", 1234, "queries, at either end")],
        Losses = [new("ring_full", 5, "records lost: no room"), new("load_failed", 0, "packets that could not be read")],
        Gauges = [new("open_exchanges", 3, "queries that wait")],
        History = new("/var/lib/eider/history.db", 99, 4096, DateTimeOffset.UnixEpoch.AddDays(19_999), 1, 32_768, null),
        Api = new("/run/eider/eider.sock", null, 2),
    };

    [Fact]
    public void Text_shows_cost_and_every_loss_that_happened()
    {
        var text = Written(Sample);

        Assert.Contains("running    1h 2m, pid 7", text, StringComparison.Ordinal);
        Assert.Matches(@"dns_egress +cgroup_skb/egress +20 +52 +12 KiB", text);
        Assert.Matches(@"5  ring_full +records lost: no room", text);
        Assert.DoesNotContain("load_failed", text, StringComparison.Ordinal);
        Assert.Contains("nothing", Written(Sample with { Losses = [] }), StringComparison.Ordinal);
    }

    [Fact]
    public void Trouble_of_the_history_is_shown() =>
        Assert.Contains("not recording: the disk is full", Written(Sample with { History = Sample.History! with { Trouble = "the disk is full" } }), StringComparison.Ordinal);

    [Fact]
    public void Json_is_read_back_as_it_was_written()
    {
        var json = JsonSerializer.Serialize(Enforcing, StatusJson.Default.AgentStatus);

        Assert.Contains("\"resident_bytes\": 50331648", json, StringComparison.Ordinal);
        Assert.Equal(json, JsonSerializer.Serialize(JsonSerializer.Deserialize(json, StatusJson.Default.AgentStatus)!, StatusJson.Default.AgentStatus));
    }

    [Fact]
    public void Metrics_are_open_metrics_text()
    {
        var lines = OpenMetricsFormat.Format(Enforcing).TrimEnd('\n').Split('\n');

        Assert.Equal("# EOF", lines[^1]);
        Assert.Contains("eider_lost_total{reason=\"ring_full\"} 5", lines);
        Assert.Contains("eider_queries_total 1234", lines);
        Assert.Contains("eider_map_used{map=\"events\"} 512", lines);
        Assert.All(lines[..^1], static line => Assert.Matches("^(# (TYPE|HELP) [a-z_]+ .+|[a-z_]+(\\{[a-z]+=\"[^\"]*\"(,[a-z]+=\"[^\"]*\")*\\})? -?[0-9.E+]+)$", line));
    }

    [Fact]
    public void Each_metric_family_comes_once_and_before_its_samples()
    {
        var families = new HashSet<string>();
        var current = "";
        foreach (var line in OpenMetricsFormat.Format(Enforcing).Split('\n').Where(static line => line.Length > 0 && line != "# EOF"))
        {
            if (Regex.Match(line, "^# TYPE ([a-z_]+) ") is { Success: true } type)
            {
                current = type.Groups[1].Value;
                Assert.True(families.Add(current), $"{current} comes twice");
            }

            Assert.StartsWith(current, line.Split(' ')[0] == "#" ? line.Split(' ')[2] : line, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void Agent_that_only_observes_says_so_and_names_what_another_left()
    {
        Assert.Contains("none: observing only", Written(Sample), StringComparison.Ordinal);
        Assert.Contains("an earlier agent left are in force; `eider uninstall`", Written(Sample with { Pinned = true }), StringComparison.Ordinal);
    }

    [Fact]
    public void Policies_in_force_are_told_with_their_size_and_the_last_error()
    {
        var text = Written(Enforcing);

        Assert.Contains("in force   2 policies, generation 5, since 2024-10-04T00:00:00.000Z", text, StringComparison.Ordinal);
        Assert.Contains("names      1,265,360 of 3 lists and 7 rules, in 9 sets, 20.0 MiB, put in force in 320ms", text, StringComparison.Ordinal);
        Assert.Contains("workloads  4 of 60 cgroups", text, StringComparison.Ordinal);
        Assert.Contains("wire       6 devices, 3 more follow, 4 workloads behind them; 2 vanished before their turn", text, StringComparison.Ordinal);
        Assert.Contains("error      the last change is not in force: web.yaml:3:1: unknown key", text, StringComparison.Ordinal);
        Assert.Contains("list x: cannot be fetched", text, StringComparison.Ordinal);
        Assert.Matches(@"12  deny +by name\n", text);
        Assert.Matches(@"3  would deny +by default\n", text);
        Assert.Contains("nothing", Written(Enforcing with { Policy = Enforcing.Policy! with { Generation = 0 } }), StringComparison.Ordinal);
    }

    [Fact]
    public void Receivers_of_alerts_are_told_with_what_they_have_not_got()
    {
        var status = Sample with
        {
            AlertOutputs =
            [
                new("webhook hooks.example", "high", 1200, 7, 3, 1024, [new("queue_full", 5), new("refused", 0), new("gave_up", 1)], "answered 500; the server is busy"),
                new("syslog unix:/dev/log", "low", 1, 0, 0, 1024, [new("queue_full", 0)], null),
            ],
        };
        var text = Written(status);

        Assert.Matches(@"webhook hooks.example +high +1,200 +7 +3/1,024 +6 +5 queue_full, 1 gave_up\n", text);
        Assert.Contains("  webhook hooks.example: answered 500; the server is busy\n", text, StringComparison.Ordinal);
        var metrics = OpenMetricsFormat.Format(status).Split('\n');
        Assert.Contains("eider_alert_output_sent_total{output=\"webhook hooks.example\"} 1200", metrics);
        Assert.Contains("eider_alert_output_dropped_total{output=\"webhook hooks.example\",reason=\"queue_full\"} 5", metrics);
        Assert.Contains("eider_alert_output_queued{output=\"syslog unix:/dev/log\"} 0", metrics);
        Assert.DoesNotContain("Alerts go to", Written(Sample), StringComparison.Ordinal);
    }

    [Fact]
    public void Mutes_and_lists_in_force_are_told_with_their_last_error()
    {
        var text = Written(Sample with
        {
            Detect = new(
                [new("/etc/m.yaml", true, 5, 2, null), new("/etc/n.yaml", false, 0, 0, null), new("/etc/o.yaml", true, 1, 0, "/etc/o.yaml:2:1: unknown \u001b[31mkey")],
                [new("drop", 1200, DateTimeOffset.UnixEpoch.AddDays(20_000), null)], 2, 1, ["dns.answer.ttl"],
                new("192.0.2.53:853", "dns.example", 1, 40, 1234, 5, 6, [new("timed_out", 7), new("broken", 0)], 3, "no \u001b[31manswer")),
        });

        Assert.Contains("names      2 protected, 1 internal zones", text, StringComparison.Ordinal);
        Assert.Contains("mutes      /etc/m.yaml: 3 in force, 2 over", text, StringComparison.Ordinal);
        Assert.Contains("mutes      /etc/n.yaml: not there", text, StringComparison.Ordinal);
        Assert.Contains("error      /etc/o.yaml:2:1: unknown \\x1b[31mkey", text, StringComparison.Ordinal);
        Assert.Contains("addresses  drop: 1,200 ranges of 2024-10-04T00:00:00.000Z", text, StringComparison.Ordinal);
        Assert.Contains("compared   with 192.0.2.53:853 (dns.example): 1,234, of which 5 differ; 40 names, 6 skipped for the rate, 7 timed_out", text, StringComparison.Ordinal);
        Assert.Contains("error      192.0.2.53:853: no \\x1b[31manswer", text, StringComparison.Ordinal);
        Assert.Contains("off        dns.answer.ttl", text, StringComparison.Ordinal);
        Assert.Matches("Detection\n *off\n", Written(Sample));
    }

    [Fact]
    public void Metrics_count_verdicts_by_action_mode_and_reason()
    {
        var lines = OpenMetricsFormat.Format(Enforcing).Split('\n');

        Assert.Contains("eider_verdicts_total{action=\"deny\",mode=\"enforce\",reason=\"name\"} 12", lines);
        Assert.Contains("eider_verdicts_total{action=\"deny\",mode=\"audit\",reason=\"default\"} 3", lines);
        Assert.Contains("eider_policy_names 1265360", lines);
        Assert.Contains("eider_policy_trouble 1", lines);
        Assert.Contains("eider_wire_devices 6", lines);
    }

    private static AgentStatus Enforcing { get; } = Sample with
    {
        Pinned = true,
        Wire = new(6, 3, 2, 4),
        Verdicts = [new("deny", "enforce", "name", 12), new("deny", "audit", "default", 3)],
        Policy = new(
            5, 2, 3, 1_265_360, 9, 8, 7, 100, 20 << 20, 60, 4, 0, DateTimeOffset.UnixEpoch.AddDays(20_000), TimeSpan.FromMilliseconds(320), "web.yaml:3:1: unknown key",
            DateTimeOffset.UnixEpoch, ["list x: cannot be fetched"]),
    };

    private static string Written(AgentStatus status)
    {
        using var text = new StringWriter();
        StatusVerb.Write(text, status, new Style(isColoured: false));
        return text.ToString();
    }
}
