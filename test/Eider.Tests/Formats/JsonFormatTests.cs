using System.Buffers;
using System.Text;
using System.Text.Json;
using Eider.Core;
using Eider.Output;
using Eider.Tests.Filters;
using Xunit;

namespace Eider.Tests.Formats;

public sealed class JsonFormatTests
{
    [Fact]
    public void Answered_exchange_is_written_with_every_key() => Assert.Equal(
        """
        {"time":"2026-01-31T12:00:00.123456789Z","kind":"transaction","role":"client","name":"api.example.com","qtype":"A","rcode":"NOERROR",
        "answers":[{"name":"api.example.com","type":"A","ttl":300,"data":"192.0.2.7"}],"latency_us":12345.678,"transport":"udp",
        "client":{"ip":"10.244.0.5","port":40000},"server":{"ip":"10.96.0.10","port":53},"id":4660,"size":49,"query_size":33,"flags":["rd","ra"],
        "process":{"pid":1234,"start_time":"2026-01-31T11:46:40.000000000Z","exe":"/usr/bin/curl","comm":"curl","cmdline":"curl https://api.example.com",
        "parents":[{"pid":1,"comm":"systemd","exe":"/usr/lib/systemd/systemd"}]},"user":{"uid":33,"name":"www-data"},
        "cgroup":{"id":77,"path":"/system.slice/web.service"},"unit":"web.service","container":{"id":"4f1c0aee4f1c0aee4f1c0aee4f1c0aee4f1c0aee4f1c0aee4f1c0aee4f1c0aee"},
        "pod":{"uid":"0e4a1b52-8d0c-4a52-9b61-1f2d3c4b5a69","namespace":"shop","name":"web-7d9f"},"node":"node-1"}
        """.ReplaceLineEndings("") + "\n",
        Line(SampleEvents.Answered(), "node-1"));

    [Fact]
    public void What_is_not_known_is_left_out() => Assert.Equal(
        """
        {"time":"2026-01-31T12:00:00.123456789Z","kind":"transaction","role":"client","name":"slow.example.org","qtype":"AAAA","transport":"tcp",
        "client":{"ip":"2001:db8::5","port":40001},"server":{"ip":"2001:db8::53","port":53},"id":7,"size":34,"unanswered":true,"retries":2,"flags":["rd"]}
        """.ReplaceLineEndings("") + "\n",
        Line(SampleEvents.Unanswered(), null));

    [Fact]
    public void Loss_says_why_and_how_many() => Assert.Equal(
        """{"time":"2026-01-31T12:00:00.123456789Z","kind":"loss","reason":"ring_full","count":42}""" + "\n",
        Line(SampleEvents.Loss(), null));

    [Fact]
    public void Alert_says_what_was_found_in_whom_with_its_evidence_in_order() => Assert.StartsWith(
        """
        {"time":"2026-01-31T12:00:00.123456789Z","kind":"alert","alert_id":"k3x81yq2","detection":"dns.answer.conflict","severity":"high","confidence":75,
        "summary":"one question was answered twice","name":"api.example.com","qtype":"A","transport":"udp","client":{"ip":"10.244.0.5","port":40000},
        "server":{"ip":"10.96.0.10","port":53},"source":{"ip":"10.96.0.10","port":53},"evidence":{"times_asked":"1","first":"192.0.2.7"},
        "action":"none","count":3,"first_time":"2026-01-31T12:00:00.123456789Z","mute":"- {detection: dns.answer.conflict}","process":{"pid":1234,
        """.ReplaceLineEndings(""),
        Line(SampleEvents.Found(), null),
        StringComparison.Ordinal);

    [Fact]
    public void What_has_no_meaning_in_json_is_written_as_it_is()
    {
        const string plain = "date +%s & 'a' `b` > c";
        var line = Line(
            new DnsEvent
            {
                TimeNs = 0, EventKind = EventKind.Query, Role = Role.Client, Transport = Transport.Udp, Client = default, Server = default,
                Identity = new() { Process = new(1, DateTimeOffset.UnixEpoch, "/bin/date", "date", plain, []) },
            },
            null);

        Assert.Contains($"\"cmdline\":\"{plain}\"", line, StringComparison.Ordinal);
    }

    [Fact]
    public void Hostile_strings_stay_inside_their_value_and_out_of_the_terminal()
    {
        const string hostile = "\"},{\"kind\":\"query\n\u001b[2J\u202e\u2028\ud800</script>";
        var line = Line(
            new DnsEvent
            {
                TimeNs = 0, EventKind = EventKind.Query, Role = Role.Client, Transport = Transport.Udp, Client = default, Server = default, Name = hostile,
                Identity = new() { Process = new(1, DateTimeOffset.UnixEpoch, hostile, hostile, hostile, [new(1, hostile, hostile)]), Cgroup = new(1, hostile), Unit = hostile },
            },
            hostile);

        Assert.True(Ascii.IsValid(line));
        Assert.Equal(1, line.Count(static c => c < ' '));
        Assert.Equal(hostile.Replace('\ud800', '\ufffd'), JsonDocument.Parse(line).RootElement.GetProperty("process").GetProperty("cmdline").GetString());
    }

    [Fact]
    public void Schema_and_writer_agree_both_ways()
    {
        var check = new SchemaCheck(JsonDocument.Parse(File.ReadAllText(RepositoryFiles.PathOf("docs/events.schema.json"))).RootElement);
        Event[] events = [SampleEvents.Answered(), SampleEvents.Unanswered(), SampleEvents.Broken(), SampleEvents.Loss(), SampleEvents.Found(), SampleEvents.Denies(ResponseStep.Refused), SampleEvents.Quarantines(), EverythingElse()];

        var faults = events.SelectMany(published => check.Faults(JsonDocument.Parse(Line(published, "node-1")).RootElement)).ToArray();

        Assert.Empty(faults);
        Assert.Equal([], check.Properties().Except(check.Seen));
    }

    /// <summary>An update with a pod that has labels, and a search.</summary>
    private static DnsEvent EverythingElse() => new()
    {
        IsUndelivered = true, IsFragmented = true,
        TimeNs = 0, EventKind = EventKind.Query, Role = Role.Server, Transport = Transport.Tcp, Client = default, Server = default,
        Name = "web.shop.svc.cluster.local", SearchedName = "web",
        Verdict = new(VerdictAction.Deny, VerdictMode.Audit, VerdictReason.Name, "shop/web", "rules[0]", "threat-intel"), NotFollowed = true, Message = Convert.FromHexString("000128000000000000000000"),
        Identity = new() { Pod = new("uid", "shop", "web", new Dictionary<string, string> { ["app"] = "web" }) },
    };

    private static string Line(Event published, string? node)
    {
        using var format = new JsonFormat(node);
        var output = new ArrayBufferWriter<byte>();
        format.Write(published, output);
        return Encoding.UTF8.GetString(output.WrittenSpan);
    }
}
