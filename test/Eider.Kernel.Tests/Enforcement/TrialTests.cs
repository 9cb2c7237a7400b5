// Policies in audit mode: everything passes, and each event says what would have become of it.

using Eider.Lab;
using Xunit;

namespace Eider.Kernel.Tests.Enforcement;

[Collection(EnforcedLabCollection.Name)]
public sealed class TrialTests(EnforcedLab enforced)
{
    private Pod Stray => (Pod)enforced.Lab.Workload("stray");

    [Theory]
    [InlineData("connected", false)]
    [InlineData("unconnected", true)]
    [InlineData("stream", false)]
    public void Server_that_is_not_listed_answers_and_its_event_says_it_would_not_be_asked(string way, bool v6)
    {
        var name = $"tried-{way}-{v6}.{LabZone.Clients}".ToLowerInvariant();

        Assert.Equal(0, Asked.By(enforced.Lab.Workload("tried"), way, v6 ? Stray.V6 : Stray.V4, name).Answer.Rcode);

        Assert.Equal(new SeenVerdict("deny", "audit", "resolver", "tried", "resolvers", null), enforced.Agent.WaitForExchange(name).Verdict);
    }

    [Fact]
    public void Listed_server_is_no_news()
    {
        var name = $"tried-listed.{LabZone.Clients}";

        Assert.Equal(0, Asked.By(enforced.Lab.Workload("tried"), "connected", enforced.Lab.ResolverV4, name).Answer.Rcode);

        Assert.Equal("enforce", enforced.Agent.WaitForExchange(name).Verdict?.Mode ?? "enforce");
    }

    [Fact]
    public void Dns_over_tls_to_another_server_works_and_is_told_of_once()
    {
        var dig = enforced.Lab.Workload("tried").Run("dig", "+tls", $"@{Stray.V4}", $"tried-tls.{LabZone.Clients}", "A", "+tries=1", "+timeout=3");

        Assert.Contains("status: NOERROR", dig.Output, StringComparison.Ordinal);
        bool IsIt(SeenEvent seen) => seen.Standalone == "encrypted" && seen.Verdict?.Policy == "tried";
        Assert.Equal(new SeenVerdict("deny", "audit", "resolver", "tried", "resolvers", null), enforced.Agent.WaitForEvent("the connection", IsIt).Verdict);
        Asked.By(enforced.Lab.Workload("tried"), "connected", enforced.Lab.ResolverV4, $"tried-later.{LabZone.Clients}");
        enforced.Agent.WaitForExchange($"tried-later.{LabZone.Clients}");
        Assert.Single(enforced.Agent.Events(IsIt));
    }

    [Theory]
    [InlineData("+notcp")]
    [InlineData("+tcp")]
    public void Denied_name_on_another_port_is_answered_and_its_event_says_it_would_not_be(string transport)
    {
        var name = $"tried-port{transport.Length}.{EnforcedLab.Denied}";

        var dig = enforced.Lab.Workload("tried").Run("dig", "-p", $"{Lab.Lab.OtherPort}", $"@{enforced.Lab.ResolverV4}", name, "A", transport, "+tries=1", "+timeout=3");

        Assert.Contains("status: NOERROR", dig.Output, StringComparison.Ordinal);
        var seen = enforced.Agent.WaitForEvent("the query", seen => seen.IsFor(name));
        Assert.Equal(transport == "+tcp" ? "other_port" : null, seen.Standalone);
        Assert.Equal(new SeenVerdict("deny", "audit", "name", "tried", "rules[0]", null), seen.Verdict);
    }

    [Fact]
    public void Server_that_would_be_exchanged_is_asked_and_its_event_says_so()
    {
        var name = $"tried-redirect.{LabZone.Clients}";

        Assert.Equal(0, Asked.By(enforced.Lab.Workload("tried-redirect"), "connected", Stray.V4, name).Answer.Rcode);

        Assert.Equal(new SeenVerdict("allow", "audit", "redirect", "tried-redirect", "redirect", null), enforced.Agent.WaitForExchange(name).Verdict);
    }

    [Fact]
    public void Queries_past_the_rate_are_answered_and_their_events_say_they_would_not_be()
    {
        var rcodes = Asked.By(enforced.Lab.Workload("tried-rate"), "many", enforced.Lab.ResolverV4, $"tried-rate-%.{LabZone.Clients}", $"count={LabPolicies.Burst + 2}").Numbers("rcodes");

        Assert.Equal(Enumerable.Repeat(0, LabPolicies.Burst + 2), rcodes);
        Assert.Equal("enforce", enforced.Agent.WaitForExchange($"tried-rate-{LabPolicies.Burst - 1}.{LabZone.Clients}").Verdict?.Mode ?? "enforce");
        Assert.Equal(
            new SeenVerdict("deny", "audit", "rate", "tried-rate", "rateLimit", null),
            enforced.Agent.WaitForExchange($"tried-rate-{LabPolicies.Burst}.{LabZone.Clients}").Verdict);
    }
}
