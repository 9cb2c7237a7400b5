// Answers in fragments: small ones are told, large ones come so.

using Eider.Core;
using Eider.Core.Detect;
using Eider.Core.Detect.Detectors;
using Xunit;

namespace Eider.Tests.Detect;

public sealed class FragmentAnswerTests
{
    private const string Name = "www.example.com";

    [Fact]
    public void Small_answer_in_fragments_is_told()
    {
        using var traffic = new Traffic();

        traffic.Ask(Name).Wait(0.01).Answer(Name, "198.51.100.1", isFragmented: true);

        var alert = Assert.Single(traffic.Alerts);
        Assert.Equal(("dns.answer.fragments", AlertSeverity.Medium), (alert.Detection, alert.Severity));
        Assert.Contains(alert.Evidence, evidence => evidence is { Key: "octets", Value: "49" });
    }

    [Theory]
    [InlineData(Fragments.SmallAnswer, true)]
    [InlineData(Fragments.SmallAnswer + 1, false)]
    public void Answer_that_no_path_of_ipv6_carries_whole_comes_in_fragments(int octets, bool isTold)
    {
        using var traffic = new Traffic();

        traffic.Ask(Name).Wait(0.01).Send(Traffic.Message(Name, "198.51.100.1"), Traffic.Server, Traffic.Client, wireLength: octets, isFragmented: true);

        Assert.Equal(isTold ? ["dns.answer.fragments"] : [], traffic.Found);
    }

    [Fact]
    public void Whole_answer_is_no_news()
    {
        using var traffic = new Traffic();

        traffic.Exchange(Name, "198.51.100.1");

        Assert.Empty(traffic.Alerts);
    }

    [Fact]
    public void Switched_off_it_says_nothing()
    {
        using var traffic = new Traffic(new DetectOptions { Off = new HashSet<string> { "dns.answer.fragments" } });

        traffic.Ask(Name).Wait(0.01).Answer(Name, "198.51.100.1", isFragmented: true);

        Assert.Empty(traffic.Alerts);
    }
}
