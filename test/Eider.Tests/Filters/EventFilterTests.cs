using Eider.Core;
using Eider.Core.Filters;
using Eider.Lab;
using Xunit;

namespace Eider.Tests.Filters;

public sealed class EventFilterTests
{
    [Theory]
    [InlineData("")]
    [InlineData("name=api.example.com")]
    [InlineData("name=API.Example.COM")]
    [InlineData("name=api.example.com.")]
    [InlineData("name=*.example.com")]
    [InlineData("name=*.com")]
    [InlineData("name=a?i.*.com")]
    [InlineData("qname=*")]
    [InlineData("type=A")]
    [InlineData("type=aaaa,a")]
    [InlineData("type=1")]
    [InlineData("type=TYPE1")]
    [InlineData("rcode=NOERROR")]
    [InlineData("rcode=0")]
    [InlineData("process=curl")]
    [InlineData("process=c*l")]
    [InlineData("process=/usr/bin/*")]
    [InlineData("pid=1234")]
    [InlineData("pid>=1234 and pid<=1234")]
    [InlineData("user=www-data")]
    [InlineData("user=33")]
    [InlineData("cgroup=/system.slice/*")]
    [InlineData("cgroup=77")]
    [InlineData("unit=web.service")]
    [InlineData("container=4f1c0a")]
    [InlineData("pod=0e4a1b52-8d0c-4a52-9b61-1f2d3c4b5a69")]
    [InlineData("pod=web-*")]
    [InlineData("pod=shop/web-*")]
    [InlineData("client=10.244.0.5")]
    [InlineData("client=10.0.0.0/8")]
    [InlineData("client=0.0.0.0/0")]
    [InlineData("server=10.96.0.10/32")]
    [InlineData("transport=UDP")]
    [InlineData("latency>12ms")]
    [InlineData("latency<12.4ms")]
    [InlineData("latency=12345678ns")]
    [InlineData("unanswered=false")]
    [InlineData("malformed=no")]
    [InlineData("name=*.example.com and rcode=NOERROR and latency>5ms")]
    [InlineData("rcode=SERVFAIL or type=A")]
    [InlineData("type=AAAA and rcode=NOERROR or name=api.*")]
    [InlineData("not type=AAAA")]
    [InlineData("!(type=AAAA || rcode=SERVFAIL) && pid!=1")]
    [InlineData("rcode!=NXDOMAIN,SERVFAIL")]
    [InlineData("name=\"api.example.com\"")]
    [InlineData("name == 'api.example.com'")]
    public void Condition_that_holds_matches(string text) => Assert.True(EventFilter.Parse(text).Matches(SampleEvents.Answered()));

    [Theory]
    [InlineData("name=example.com")]
    [InlineData("name=*.api.example.com")]
    [InlineData("name=xapi.example.com")]
    [InlineData("name=api.example.co?m")]
    [InlineData("type=AAAA")]
    [InlineData("type!=A")]
    [InlineData("rcode=NXDOMAIN")]
    [InlineData("process=CURL")]
    [InlineData("process=/bin/*")]
    [InlineData("pid<1234")]
    [InlineData("user=0")]
    [InlineData("cgroup=/system.slice")]
    [InlineData("container=1c0a")]
    [InlineData("pod=other/web-*")]
    [InlineData("client=10.96.0.0/16")]
    [InlineData("client=::/0 and client=2001:db8::/32")]
    [InlineData("transport=tcp")]
    [InlineData("latency>50ms")]
    [InlineData("unanswered=true")]
    [InlineData("malformed=true")]
    [InlineData("not (type=A or type=AAAA)")]
    [InlineData("rcode!=NXDOMAIN,NOERROR")]
    public void Condition_that_does_not_hold_hides(string text) => Assert.False(EventFilter.Parse(text).Matches(SampleEvents.Answered()));

    [Theory]
    [InlineData("latency>0ns")]
    [InlineData("latency<1h")]
    [InlineData("rcode=NOERROR")]
    [InlineData("process=*")]
    [InlineData("pid<1000000")]
    [InlineData("unit=*")]
    public void Absent_part_equals_nothing(string text)
    {
        Assert.False(EventFilter.Parse(text).Matches(SampleEvents.Unanswered()));
        Assert.True(EventFilter.Parse($"not ({text})").Matches(SampleEvents.Unanswered()));
    }

    [Fact]
    public void Standalone_message_is_found_by_its_reason()
    {
        Assert.True(EventFilter.Parse("standalone=late,malformed and malformed=true and rcode=NXDOMAIN").Matches(SampleEvents.Broken()));
        Assert.False(EventFilter.Parse("standalone=late").Matches(SampleEvents.Broken()));
    }

    [Theory]
    [InlineData("verdict=deny and policy=shop/web and list=threat-*", "verdict=allow,audit,none")]
    [InlineData("verdict=audit", "verdict=deny")]
    [InlineData("verdict=allow and policy=shop/*", "list=*")]
    [InlineData("verdict=none", "policy=*")]
    public void Query_is_found_by_what_policy_made_of_it(string holds, string doesNot)
    {
        var judged = holds.Split(' ')[0] switch
        {
            "verdict=deny" => SampleEvents.Judged(SampleEvents.Denied),
            "verdict=audit" => SampleEvents.Judged(SampleEvents.Audited),
            "verdict=allow" => SampleEvents.Judged(SampleEvents.Allowed),
            _ => SampleEvents.Answered(),
        };

        Assert.True(EventFilter.Parse(holds).Matches(judged));
        Assert.False(EventFilter.Parse(doesNot).Matches(judged));
    }

    [Fact]
    public void Loss_is_never_hidden_by_a_filter() => Assert.True(EventFilter.Parse("name=nothing.invalid").Matches(SampleEvents.Loss()));

    [Fact]
    public void Name_with_other_letters_is_compared_as_its_a_label()
    {
        var asked = new DnsEvent
        {
            TimeNs = 0, EventKind = EventKind.Query, Role = Role.Client, Transport = Transport.Udp,
            Client = default, Server = default, Name = "www.xn--bcher-kva.example",
        };

        Assert.True(EventFilter.Parse("name=*.Bücher.example").Matches(asked));
    }

    [Theory]
    [InlineData("nmae=x", 1, "did you mean \"name\"?")]
    [InlineData("name=x and rcode=NXDOMIAN", 18, "did you mean \"NXDOMAIN\"?")]
    [InlineData("type=AAA", 6, "did you mean \"AAAA\"?")]
    [InlineData("type=ANYTHING", 6, "TYPE123")]
    [InlineData("latency>50", 9, "with its unit")]
    [InlineData("name>5", 5, "use = or !=")]
    [InlineData("name", 5, "name=*.example.com")]
    [InlineData("name=", 6, "name=*.example.com")]
    [InlineData("name=a,", 8, "name=*.example.com")]
    [InlineData("name=a and", 11, "name=*.example.com")]
    [InlineData("name=a rcode=NOERROR", 8, "\"and\"")]
    [InlineData("(name=a", 8, "close the parenthesis")]
    [InlineData("name=a)", 7, "remove it")]
    [InlineData("name=a & type=A", 8, "\"and\"")]
    [InlineData("name=\"a", 6, "close it")]
    [InlineData("client=10.0.0", 8, "10.0.0.0/8")]
    [InlineData("client=10.0.0.0/33", 8, "10.0.0.0/8")]
    [InlineData("client=2001:db8::/129", 8, "2001:db8::/32")]
    [InlineData("pid=curl", 5, "process=NAME")]
    [InlineData("verdict=denz", 9, "did you mean \"deny\"?")]
    [InlineData("verdict=blocked", 9, "deny, audit, allow, none")]
    [InlineData("standalone=lat", 12, "did you mean \"late\"?")]
    [InlineData("unanswered=maybe", 12, "true or false")]
    [InlineData("transport=1", 11, "udp or tcp")]
    [InlineData("name=b*ü.example", 6, "A-label")]
    [InlineData("name=\"\"", 6, "root")]
    public void Mistake_is_named_with_its_column_and_a_mend(string text, int column, string mend)
    {
        var mistake = Assert.Throws<FilterException>(() => EventFilter.Parse(text));

        Assert.Equal(column, mistake.Column);
        Assert.Contains(mend, mistake.Mend, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(5000)]
    [InlineData(100_000)]
    public void Hostile_depth_and_length_are_refused(int depth) =>
        Assert.Throws<FilterException>(() => EventFilter.Parse(new string('(', depth) + "type=A" + new string(')', depth)));

    [Fact]
    public void Values_of_options_survive_quoting()
    {
        var odd = new DnsEvent
        {
            TimeNs = 0, EventKind = EventKind.Query, Role = Role.Client, Transport = Transport.Udp, Client = default, Server = default,
            Identity = new() { Unit = "a\"b\\ and (c).service" },
        };

        var text = EventFilter.Condition("unit", "=", ["other", "a\"b\\ and (c).service"]);

        Assert.True(EventFilter.Parse(text).Matches(odd));
        Assert.False(EventFilter.Parse(text).Matches(SampleEvents.Answered()));
    }

    [Fact]
    public void Evaluation_does_not_allocate()
    {
        var filter = EventFilter.Parse(
            "(name=*.example.org or name=*pi.ex*le.com) and type=A,AAAA and rcode!=SERVFAIL and process=/usr/*,nothing and pid>1 and user=www-data "
            + "and cgroup=/system.slice/* and unit=web* and container=4f and pod=shop/web-* and client=10.0.0.0/8 and server=10.96.0.10 and latency>1ms and not unanswered=true");
        var answered = SampleEvents.Answered();
        Assert.True(filter.Matches(answered));

        Assert.Equal(0, Allocated.Least(() =>
        {
            for (var i = 0; i < 100; i++)
            {
                filter.Matches(answered);
            }
        }));
    }

    [Fact]
    public void Every_field_of_the_table_has_an_example_that_parses()
    {
        Assert.NotEmpty(FilterFields.All);
        Assert.All(FilterFields.All, field => EventFilter.Parse(field.Example));
    }
}
