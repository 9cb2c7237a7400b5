using System.Buffers;
using System.Text;
using Eider.Core;
using Eider.Output;
using Eider.Tests.Filters;
using Xunit;

namespace Eider.Tests.Formats;

public sealed class EventRowTests
{
    public static TheoryData<string> Samples => ["answered", "unanswered", "broken", "loss", "alert", "action", "refused", "quarantine", "hostile", "denied", "audited", "allowed"];

    [Theory]
    [MemberData(nameof(Samples))]
    public void Row_is_the_same_from_an_event_and_from_its_json(string sample)
    {
        var published = Sample(sample);
        using var format = new JsonFormat("node-1");
        var line = new ArrayBufferWriter<byte>();
        format.Write(published, line);

        Assert.Equal(EventRow.From(published), EventRowReader.Read(line.WrittenMemory));
    }

    [Theory]
    [InlineData("")]
    [InlineData("[]")]
    [InlineData("{}")]
    [InlineData("{\"time\":\"2026-01-31T12:00:00Z\",\"kind\":\"alarm\"}")]
    [InlineData("{\"time\":\"today\",\"kind\":\"loss\"}")]
    [InlineData("{\"time\":\"2026-01-31T12:00:00Z\",\"kind\":\"query\",\"process\":7}")]
    [InlineData("{\"time\":\"2026-01-31T12:00:00Z\",\"kind\":\"query\",\"answers\":{}}")]
    [InlineData("{\"time\":\"2026-01-31T12:00:00Z\",\"kind\":\"query\",\"latency_us\":\"soon\"}")]
    public void Line_that_is_no_event_is_refused(string line) =>
        Assert.Throws<FormatException>(() => EventRowReader.Read(Encoding.UTF8.GetBytes(line)));

    [Fact]
    public void Unknown_keys_are_passed_over()
    {
        var row = EventRowReader.Read("""{"time":"2026-01-31T12:00:00.5Z","kind":"query","new":{"key":1},"name":"a.example"}"""u8.ToArray());

        Assert.Equal("a.example", row.Name);
    }

    private static Event Sample(string name) => name switch
    {
        "answered" => SampleEvents.Answered(),
        "unanswered" => SampleEvents.Unanswered(),
        "broken" => SampleEvents.Broken("what\u001b[2J at the end"),
        "loss" => SampleEvents.Loss(),
        "denied" => SampleEvents.Judged(SampleEvents.Denied with { List = "\u001b[31mlist" }),
        "audited" => SampleEvents.Judged(SampleEvents.Audited),
        "allowed" => SampleEvents.Judged(SampleEvents.Allowed),
        "alert" => SampleEvents.Found(),
        "action" => SampleEvents.Denies(),
        "refused" => SampleEvents.Denies(ResponseStep.Refused),
        "quarantine" => SampleEvents.Quarantines(),
        _ => new DnsEvent
        {
            TimeNs = SampleEvents.TimeNs, EventKind = EventKind.Query, Role = Role.Server, Transport = Transport.Udp, Client = default, Server = default,
            Name = "\u202e.example", Identity = new() { Process = new(7, default, "a\nb", null, null, []), User = new(1000, null) },
        },
    };
}
