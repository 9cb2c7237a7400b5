using Xunit;

namespace Eider.Tests.Detect;

public sealed class ConflictTests
{
    private const string Name = "www.example.com";

    [Theory]
    [InlineData("198.51.100.1", "203.0.113.66", true)] // another network
    [InlineData("198.51.100.1", "198.51.100.2", false)] // a neighbour
    [InlineData("198.51.100.1", "198.51.7.2", false)] // the same /16
    [InlineData("198.51.100.1 203.0.113.1", "203.0.113.1 198.51.100.1", false)] // rotation
    [InlineData("@a.cdn.example 198.51.100.1", "@b.cdn.example 203.0.113.1", false)] // one content network
    [InlineData("@a.cdn.example 198.51.100.1", "203.0.113.1", true)]
    [InlineData("", "203.0.113.1", true)] // nothing, then something
    [InlineData("2001:db8:1::1", "2001:db8:2::1", false)] // the same /32
    [InlineData("2001:db8::1", "2001:db9::1", true)]
    public void Second_answer_is_told_when_it_shares_nothing_with_the_first(string first, string second, bool isTold)
    {
        using var traffic = new Traffic();
        traffic.Ask(Name).Wait(0.001).Answer(Name, first).Wait(0.02).Answer(Name, second);

        Assert.Equal(isTold ? ["dns.answer.conflict"] : [], traffic.Found);
    }

    [Fact]
    public void Second_answer_is_expected_when_the_question_was_sent_twice()
    {
        using var traffic = new Traffic();
        traffic.Ask(Name).Wait(1).Ask(Name).Wait(0.001).Answer(Name, "198.51.100.1").Wait(0.02).Answer(Name, "203.0.113.66");

        Assert.Empty(traffic.Alerts);
    }

    [Fact]
    public void Failure_of_one_server_of_several_is_no_contradiction()
    {
        using var traffic = new Traffic();
        traffic.Ask(Name).Wait(0.001).Answer(Name, "", flags: 0x8182).Wait(0.02).Answer(Name, "203.0.113.66");

        Assert.Empty(traffic.Alerts);
    }

    [Fact]
    public void Forged_first_answer_for_a_name_that_is_known_is_told_with_what_is_usual()
    {
        using var traffic = new Traffic();
        for (ushort round = 0; round < 20; round++)
        {
            traffic.Exchange(Name, "198.51.100.1", round).Wait(600);
        }

        traffic.Ask(Name, 99).Wait(0.0001).Answer(Name, "203.0.113.66", 99).Wait(0.02).Answer(Name, "198.51.100.1", 99);

        var alert = Assert.Single(traffic.Alerts);
        Assert.Equal(("dns.answer.conflict", Core.AlertSeverity.High), (alert.Detection, alert.Severity));
        Assert.Contains("first answer is not what this name usually has", alert.Summary, StringComparison.Ordinal);
    }

    [Fact]
    public void Places_where_the_name_has_been_before_are_rotation()
    {
        using var traffic = new Traffic();
        traffic.Exchange(Name, "198.51.100.1", 1).Wait(60).Exchange(Name, "203.0.113.1", 2).Wait(60);
        traffic.Ask(Name, 3).Answer(Name, "198.51.100.1", 3).Wait(0.01).Answer(Name, "203.0.113.1", 3);

        Assert.Empty(traffic.Alerts);
    }
}
