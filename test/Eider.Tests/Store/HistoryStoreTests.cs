// What goes into the history comes out again, and only what belongs there goes in.

using Eider.Core;
using Eider.Core.Store;
using Eider.Tests.Filters;
using Xunit;

namespace Eider.Tests.Store;

public sealed class HistoryStoreTests : IDisposable
{
    private readonly HistoryFolder _history = new();

    public void Dispose() => _history.Dispose();

    private static readonly Dictionary<string, Event> Kept = new()
    {
        ["answered"] = SampleEvents.Answered(),
        ["unanswered"] = SampleEvents.Unanswered(),
        ["malformed"] = SampleEvents.Broken(),
        ["loss"] = SampleEvents.Loss(),
        ["alert"] = SampleEvents.Found(),
        ["repetition that is told late"] = Alert.Again(SampleEvents.Found(), 500, SampleEvents.TimeNs + 60_000_000_000),
        ["alert of which little is known"] = Bare(),
        ["denied"] = SampleEvents.Judged(SampleEvents.Denied),
        ["would be denied"] = SampleEvents.Judged(SampleEvents.Audited),
        ["allowed by the kernel alone"] = SampleEvents.Judged(new Verdict(VerdictAction.Allow, VerdictMode.Enforce, VerdictReason.None, null, null, null)),
        ["nothing known"] = new DnsEvent
        {
            TimeNs = HistoryFolder.StartNs, EventKind = EventKind.Query, Standalone = true, Role = Role.Server, Transport = Transport.Tcp, Client = default, Server = default,
        },
        ["everything at its limit"] = Extreme(),
    };

    private static Alert Bare()
    {
        var about = new DnsEvent { TimeNs = HistoryFolder.StartNs, EventKind = EventKind.Response, Role = Role.Client, Transport = Transport.Udp, Client = default, Server = SampleEvents.At("2001:db8::1", 53), Id = 0 };
        return new Alert
        {
            TimeNs = HistoryFolder.StartNs, Id = "00000000", Detection = "", Severity = AlertSeverity.Critical, Confidence = 100, Summary = "'; DROP TABLE alert; --\0", About = about, Identity = Identity.Unknown,
            Server = SampleEvents.At("192.0.2.1", 65535), Source = about.Server, Evidence = [new("a\"\u202e", "\0{")], Count = long.MaxValue, FirstNs = long.MinValue, Mute = "",
        };
    }

    public static TheoryData<string> KeptNames => [.. Kept.Keys];

    [Theory]
    [MemberData(nameof(KeptNames))]
    public async Task Event_comes_back_as_it_went_in(string what)
    {
        await WriteAsync(Kept[what]);
        EventEquality.AssertSame(Kept[what], Assert.Single(_history.Read()));
    }

    [Theory]
    [InlineData(EventKind.Query)]
    [InlineData(EventKind.Response)]
    public async Task Halves_of_an_exchange_are_not_kept(EventKind kind)
    {
        var half = SampleEvents.Answered();
        await WriteAsync(new DnsEvent { TimeNs = half.TimeNs, EventKind = kind, Role = half.Role, Transport = half.Transport, Client = half.Client, Server = half.Server });
        Assert.Empty(_history.Read());
    }

    [Theory]
    [InlineData("\0")]
    [InlineData("a\0b")]
    [InlineData("")]
    [InlineData("'; DROP TABLE event; --")]
    [InlineData("\u001b[31mred\r\n")]
    [InlineData("日本語 🦆 \u202e")]
    [InlineData("\"],[{\\")]
    public async Task Hostile_text_comes_back_as_it_went_in(string text)
    {
        var identity = new Identity
        {
            Process = new(7, HistoryFolder.Start, text, text, text, [new(1, text, text)]),
            User = new(0, text),
            Cgroup = new(ulong.MaxValue, text),
            Unit = text,
            ContainerId = text,
            Pod = new(text, text, text, new Dictionary<string, string> { [text] = text }),
        };
        var published = HistoryFolder.Numbered(1, identity);
        await WriteAsync(published);
        EventEquality.AssertSame(published, Assert.Single(_history.Read()));
    }

    [Fact]
    public async Task Lone_surrogates_become_replacement_characters()
    {
        await WriteAsync(HistoryFolder.Numbered(1, new Identity { Unit = "a\ud800b", Process = new(1, HistoryFolder.Start, "x", null, null, [new(1, "\udc00", null)]) }));

        var identity = ((DnsEvent)Assert.Single(_history.Read())).Identity;
        Assert.Equal(("a\ufffdb", "\ufffd"), (identity.Unit, identity.Process!.Parents[0].Comm));
    }

    [Fact]
    public async Task Equal_identities_share_a_row_also_after_a_restart()
    {
        await WriteAsync(HistoryFolder.Numbered(1), HistoryFolder.Numbered(2, SampleEvents.Curl with { Unit = "web.service" }), HistoryFolder.Numbered(3, SampleEvents.Curl with { Unit = "other.service" }));
        await WriteAsync(HistoryFolder.Numbered(4, SampleEvents.Curl with { }));

        Assert.Equal(2L, _history.Sql("SELECT count(*) FROM identity"));
        Assert.Equal(["web.service", "web.service", "other.service", "web.service"], _history.Read().Select(read => ((DnsEvent)read).Identity.Unit));
    }

    [Fact]
    public async Task History_goes_on_after_a_restart()
    {
        await WriteAsync(HistoryFolder.Numbered(1));
        await WriteAsync(HistoryFolder.Numbered(2));
        Assert.Equal([1, 2], _history.Read().Select(HistoryFolder.NumberOf));
    }

    [Fact]
    public async Task Statistics_tell_what_happened()
    {
        using var store = _history.Open();
        store.Publish(HistoryFolder.Numbered(1));
        store.Publish(HistoryFolder.Numbered(2));
        await store.FlushAsync();

        var statistics = store.Statistics;
        Assert.Equal((2, 0, null), (statistics.Written, statistics.Queued, statistics.Trouble));
        Assert.Equal(HistoryFolder.StartNs + 1000, statistics.OldestTimeNs);
        Assert.InRange(statistics.FileBytes, 4096, 10 << 20);
        Assert.Equal(Enum.GetValues<HistoryDrop>().Length, statistics.Dropped.Count);
        Assert.All(statistics.Dropped, reason => Assert.Equal(0, reason.Value));
    }

    [Fact]
    public void Waiting_events_are_written_at_the_end()
    {
        using (var store = _history.Open())
        {
            for (var number = 0; number < 5_000; number++)
            {
                store.Publish(HistoryFolder.Numbered(number));
            }
        }

        Assert.Equal(Enumerable.Range(0, 5_000).Select(number => (long)number), _history.Read().Select(HistoryFolder.NumberOf));
    }

    [Fact]
    public async Task Event_after_the_end_is_counted_as_closed()
    {
        var store = _history.Open();
        store.Dispose();
        store.Publish(HistoryFolder.Numbered(1));
        await store.FlushAsync();

        Assert.Equal(1, store.Statistics.Dropped["closed"]);
        store.Dispose();
    }

    [Fact]
    public async Task Rows_wait_no_longer_than_the_interval()
    {
        using var store = _history.Open();
        await store.FlushAsync();
        store.Publish(HistoryFolder.Numbered(1));
        _history.Time.Advance(_history.Options.BatchInterval);
        SpinWait.SpinUntil(() => store.Statistics.Written == 1, TimeSpan.FromSeconds(10));

        Assert.Equal(1, store.Statistics.Written);
    }

    [Fact]
    public async Task Files_are_for_their_owner_alone()
    {
        using var store = _history.Open();
        store.Publish(HistoryFolder.Numbered(1));
        await store.FlushAsync();

        const UnixFileMode ownerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        Assert.All(["", "-wal", "-shm"], part => Assert.Equal(ownerOnly, File.GetUnixFileMode(_history.Path + part)));
        Assert.Equal(ownerOnly | UnixFileMode.UserExecute, File.GetUnixFileMode(Path.GetDirectoryName(_history.Path)!));
    }

    private async Task WriteAsync(params Event[] events)
    {
        using var store = _history.Open();
        Array.ForEach(events, store.Publish);
        await store.FlushAsync();
        Assert.Equal(events.Count(published => published is LossEvent or Alert or DnsEvent { EventKind: EventKind.Transaction } or DnsEvent { Standalone: true }), store.Statistics.Written);
        Assert.Empty(_history.Log);
    }

    private static DnsEvent Extreme() => new()
    {
        TimeNs = long.MaxValue,
        EventKind = EventKind.Transaction,
        Role = Role.Server,
        Transport = Transport.Tcp,
        Client = SampleEvents.At("ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", ushort.MaxValue),
        Server = SampleEvents.At("255.255.255.255", ushort.MaxValue),
        Identity = new Identity
        {
            Process = new(int.MaxValue, DateTimeOffset.UnixEpoch.AddTicks(1), new string('c', 100_000), null, null, []),
            User = new(uint.MaxValue, null),
            Cgroup = new(ulong.MaxValue, null),
            Pod = new("u"),
        },
        Id = ushort.MaxValue,
        Name = new string('n', 1_000),
        QueryType = ushort.MaxValue,
        Rcode = 4095,
        Message = new byte[65_535],
        WireLength = 65_535,
        Malformed = new("it all is", int.MaxValue),
        LatencyNs = long.MaxValue,
        Retries = int.MaxValue,
        Unanswered = true,
        NotFollowed = true,
        IsUndelivered = true,
        IsFragmented = true,
        SearchedName = "n",
        QueryLength = 65_535,
    };
}
