using Eider.Core;
using Eider.Output;
using Eider.Tests.Filters;
using Xunit;

namespace Eider.Tests.Formats;

public sealed class CompactFormatTests
{
    [Fact]
    public void Answered_exchange_is_one_line() => Assert.Equal(
        "2026-01-31T12:00:00.123456Z PID: 1234, IP: 10.244.0.5, Query: api.example.com A, Process: curl, From: shop/web-7d9f, "
        + "Answer: 192.0.2.7, Rcode: NOERROR, Latency: 12.3ms",
        CompactFormat.Format(EventRow.From(SampleEvents.Answered())));

    [Fact]
    public void Denied_query_says_by_what() => Assert.Contains(
        ", Rcode: NOERROR, Latency: 12.3ms, DENIED by shop/web rules[0] (list threat-intel)",
        CompactFormat.Format(EventRow.From(SampleEvents.Judged(SampleEvents.Denied))), StringComparison.Ordinal);

    [Fact]
    public void Audited_query_says_what_would_have_been() => Assert.EndsWith(
        ", would be DENIED by baseline default", CompactFormat.Format(EventRow.From(SampleEvents.Judged(SampleEvents.Audited))), StringComparison.Ordinal);

    [Fact]
    public void Allowed_query_looks_like_any_other() =>
        Assert.Equal(CompactFormat.Format(EventRow.From(SampleEvents.Answered())), CompactFormat.Format(EventRow.From(SampleEvents.Judged(SampleEvents.Allowed))));

    [Fact]
    public void Unanswered_exchange_without_a_known_process_says_so() => Assert.Equal(
        "2026-01-31T12:00:00.123456Z PID: -, IP: 2001:db8::5, Query: slow.example.org AAAA, Process: -, Unanswered, Retries: 2",
        CompactFormat.Format(EventRow.From(SampleEvents.Unanswered())));

    [Fact]
    public void Malformed_response_names_its_fault() => Assert.Equal(
        "2026-01-31T12:00:00.123456Z PID: -, IP: 192.0.2.1, Response: - -, Process: -, Role: server, Answer: -, Rcode: NXDOMAIN, Standalone: malformed, Malformed: compression pointer loops at 12",
        CompactFormat.Format(EventRow.From(SampleEvents.Broken())));

    [Fact]
    public void Alert_is_one_line_with_what_was_found_first() => Assert.Equal(
        "2026-01-31T12:00:00.123456Z Alert: high dns.answer.conflict: one question was answered twice, Count: 3, Id: k3x81yq2, PID: 1234, IP: 10.244.0.5, "
        + "Query: api.example.com A, Process: curl, From: shop/web-7d9f",
        CompactFormat.Format(EventRow.From(SampleEvents.Found())));

    [Fact]
    public void Loss_is_one_line() => Assert.Equal("2026-01-31T12:00:00.123456Z Lost: 42 (ring_full)", CompactFormat.Format(EventRow.From(SampleEvents.Loss())));

    [Fact]
    public void Hostile_strings_do_not_reach_the_terminal()
    {
        const string hostile = "x\n\u001b[31m\u202e";
        var line = CompactFormat.Format(EventRow.From(new DnsEvent
        {
            TimeNs = 0, EventKind = EventKind.Query, Role = Role.Client, Transport = Transport.Udp, Client = default, Server = default, Name = hostile,
            Malformed = new(hostile, 0), Identity = new() { Process = new(1, default, hostile, null, null, []), Unit = hostile },
        }));

        Assert.DoesNotContain(line, static c => char.IsControl(c) || c == '\u202e');
        Assert.Equal(4, line.Split("x\\n\\x1b[31m\\u{202e}").Length - 1);
    }
}
