using Eider.Core;
using Eider.Core.Filters;
using Xunit;

namespace Eider.Tests.Filters;

public sealed class EventViewTests
{
    [Fact]
    public void Default_view_shows_exchanges_standalone_messages_and_losses_of_the_client_side()
    {
        Assert.True(EventView.Default.Shows(SampleEvents.Answered()));
        Assert.True(EventView.Default.Shows(SampleEvents.Loss()));
        Assert.True(EventView.Default.Shows(SampleEvents.Found()));
        Assert.True(EventView.Default.Shows(Message(EventKind.Response, Role.Client, standalone: true)));
        Assert.False(EventView.Default.Shows(Message(EventKind.Query, Role.Client, standalone: false)));
        Assert.False(EventView.Default.Shows(Message(EventKind.Transaction, Role.Server, standalone: false)));
    }

    [Theory]
    [InlineData("name=api.example.com", true)]
    [InlineData("name=other.example", false)]
    public void Alert_is_shown_when_the_message_that_it_is_about_is_wanted(string filter, bool isShown) =>
        Assert.Equal(isShown, (EventView.Default with { Filter = EventFilter.Parse(filter) }).Shows(SampleEvents.Found()));

    [Theory]
    [InlineData("low", "", true)]
    [InlineData("high", "dns.answer.conflict", true)]
    [InlineData("critical", "", false)]
    [InlineData("low", "dns.hijack.*,dns.answer.ttl", false)]
    [InlineData("low", "dns.answer.*", true)]
    public void Alert_is_shown_from_the_least_severity_on_and_by_its_detection(string severity, string detection, bool isShown)
    {
        var view = EventView.Default with { LeastSeverity = EventView.ParseSeverity(severity), Detections = EventView.ParseDetections(detection) };

        Assert.Equal(isShown, view.Shows(SampleEvents.Found()));
        Assert.True(view.Shows(SampleEvents.Answered()));
    }

    [Theory]
    [InlineData("query", EventKinds.Query)]
    [InlineData("Query, response", EventKinds.Query | EventKinds.Response)]
    [InlineData("default", EventKinds.Default)]
    [InlineData("all", EventKinds.All)]
    public void Kinds_are_read_from_a_list(string text, EventKinds expected) => Assert.Equal(expected, EventView.ParseKinds(text));

    [Theory]
    [InlineData("query,respons", 7, "response")]
    [InlineData("3", 1, "transaction")]
    [InlineData("", 1, "transaction")]
    [InlineData("none", 1, "transaction")]
    public void Unknown_kind_is_refused_with_its_column(string text, int column, string mend)
    {
        var mistake = Assert.Throws<FilterException>(() => EventView.ParseKinds(text));

        Assert.Equal(column, mistake.Column);
        Assert.Contains(mend, mistake.Mend, StringComparison.Ordinal);
    }

    [Fact]
    public void Role_all_shows_both_ends()
    {
        Assert.Null(EventView.ParseRole("all"));
        Assert.Equal(Role.Server, EventView.ParseRole("Server"));
        Assert.Contains("did you mean \"client\"?", Assert.Throws<FilterException>(() => EventView.ParseRole("clien")).Message, StringComparison.Ordinal);
    }

    private static DnsEvent Message(EventKind kind, Role role, bool standalone) => new()
    {
        TimeNs = 0, EventKind = kind, Role = role, Transport = Transport.Udp, Client = default, Server = default, Standalone = standalone,
    };
}
