using Eider.Core;
using Eider.Core.Decode;
using Eider.Core.Transactions;
using Xunit;
using static Eider.Tests.Transactions.TransactionFixture;

namespace Eider.Tests.Transactions;

public sealed class SearchListTests
{
    private static readonly ResolverConfig Kubernetes =
        ResolverConfig.Parse("search shop.svc.cluster.local svc.cluster.local cluster.local\nnameserver 10.96.0.10\noptions ndots:5\n");

    private ResolverConfig? config;
    private ushort id;
    private readonly TransactionFixture fixture;

    public SearchListTests() => fixture = new TransactionFixture(resolverConfigOf: _ => config);

    [Fact]
    public void Configured_search_list_tells_every_expansion_and_the_name_itself()
    {
        config = Kubernetes;
        Assert.Equal("web", Ask("web.shop.svc.cluster.local", found: true));
        Assert.Equal("db", Ask("db.shop.svc.cluster.local", found: false));
        Assert.Equal("db", Ask("db.svc.cluster.local", found: false));
        Assert.Equal("db", Ask("db.cluster.local", found: false));
        Assert.Equal("db", Ask("db", found: false));
    }

    [Fact]
    public void Configuration_of_a_server_says_nothing_of_its_clients()
    {
        config = Kubernetes;
        fixture.Role = Role.Server;
        Assert.Null(Ask("web.shop.svc.cluster.local", found: true));
    }

    [Fact]
    public void Long_name_with_the_first_domain_is_not_claimed_on_its_own()
    {
        config = Kubernetes;
        Assert.Null(Ask("api.example.org.shop.svc.cluster.local", found: false));
        Assert.Equal("api.example.org", Ask("api.example.org.svc.cluster.local", found: false));
        Assert.Equal("api.example.org", Ask("api.example.org.cluster.local", found: false));
        Assert.Equal("api.example.org", Ask("api.example.org", found: true));
    }

    [Fact]
    public void Without_configuration_the_name_itself_at_the_end_is_the_proof_and_teaches_the_suffixes()
    {
        Assert.Null(Ask("example.org.shop.svc.cluster.local", found: false));
        Assert.Null(Ask("example.org.svc.cluster.local", found: false));
        Assert.Null(Ask("example.org.cluster.local", found: false));
        Assert.Equal("example.org", Ask("example.org", found: true));

        Wait();
        Assert.Null(Ask("example.net.shop.svc.cluster.local", found: false));
        Assert.Equal("example.net", Ask("example.net.svc.cluster.local", found: false));
        Assert.Equal("example.net", Ask("example.net.cluster.local", found: false));
        Assert.Equal("example.net", Ask("example.net", found: true));
    }

    [Fact]
    public void Name_first_and_suffixes_after_it_are_told_without_configuration()
    {
        Assert.Null(Ask("db.internal", found: false));
        Assert.Equal("db.internal", Ask("db.internal.corp.example", found: false));
        Assert.Equal("db.internal", Ask("db.internal.eu.corp.example", found: true));
    }

    [Fact]
    public void Address_types_asked_side_by_side_are_told_apart()
    {
        foreach (var type in new[] { RecordType.A, RecordType.AAAA })
        {
            Assert.Null(Ask("www.example.org.corp.example", found: false, type));
        }

        foreach (var type in new[] { RecordType.A, RecordType.AAAA })
        {
            Assert.Equal("www.example.org", Ask("www.example.org", found: true, type));
        }
    }

    [Fact]
    public void Empty_answer_leads_on_as_a_missing_name_does()
    {
        Ask("www.example.org.corp.example", found: false, rcode: 0);
        Assert.Equal("www.example.org", Ask("www.example.org", found: true));
    }

    public static TheoryData<string, string, string> Unproven => new()
    {
        { "one policy looked for up the tree", "_dmarc.mail.example.org", "_dmarc.example.org" },
        { "a guess at another country's domain", "example.com.br", "example.com" },
        { "two hosts of one name", "www.example.org", "www.example.net" },
        { "label that only ends alike", "myweb.corp.example", "web.corp.example" },
        { "dot that belongs to a label", @"a\.corp.example", "a\\" },
        { "minimised name", "example.org", "www.example.org" },
    };

    [Theory]
    [MemberData(nameof(Unproven))]
    public void Names_that_are_merely_alike_are_not_claimed(string what, string first, string second)
    {
        Ask(first, found: false);
        Assert.True(Ask(second, found: true) is null, what);
    }

    [Fact]
    public void Names_that_are_found_or_of_another_process_or_too_long_ago_prove_nothing()
    {
        Ask("www.example.org.corp.example", found: true);
        Assert.Null(Ask("www.example.org", found: true));

        Ask("www.example.net.corp.example", found: false);
        fixture.Pid = 43;
        Assert.Null(Ask("www.example.net", found: true));

        Ask("ftp.example.net.corp.example", found: false);
        Wait();
        Assert.Null(Ask("ftp.example.net", found: true));
    }

    [Fact]
    public void Names_asked_side_by_side_prove_nothing()
    {
        fixture.Query(1, "www.example.org.corp.example");
        fixture.TimeNs += 1000;
        fixture.Query(2, "www.example.org");
        fixture.TimeNs += 1000;
        fixture.Respond(1, "www.example.org.corp.example", rcode: (byte)Rcode.NxDomain, answers: 0);
        fixture.Respond(2, "www.example.org");
        Assert.All(fixture.Published, transaction => Assert.Null(transaction.SearchedName));
    }

    [Fact]
    public void Same_name_asked_twice_proves_nothing()
    {
        Ask("www.example.org.corp.example", found: false);
        Assert.NotNull(Ask("www.example.org", found: true)); // teaches the suffix
        Wait();
        Ask("ftp.example.org.corp.example", found: false);
        Assert.Null(Ask("ftp.example.org.corp.example", found: false));
    }

    [Fact]
    public void One_label_suffix_counts_where_the_configuration_has_it()
    {
        config = new ResolverConfig(["lan"], 1);
        Ask("printer.office", found: false);
        Assert.Equal("printer.office", Ask("printer.office.lan", found: true));
    }

    [Fact]
    public void Single_dot_limit_claims_no_first_expansion()
    {
        config = new ResolverConfig(["corp.example"], 1);
        Assert.Null(Ask("web.corp.example", found: true)); // may be what the application asked for
    }

    [Fact]
    public void Root_is_nobodys_expansion()
    {
        config = Kubernetes;
        Assert.Null(Ask(".", found: false));
    }

    [Fact]
    public void Askers_are_bounded()
    {
        var tracker = new SearchListTracker();
        for (var pid = 1; pid <= 10_000; pid++)
        {
            tracker.Observe(new(new Asker(Role.Client, 0, pid, 0, default), $"{pid}.example", 1, 0, 0, Negative: true, null));
        }

        Assert.Equal(1024, tracker.Count);
    }

    private string? Ask(string name, bool found, ushort type = A, byte rcode = (byte)Rcode.NxDomain)
    {
        fixture.Query(++id, name, type);
        fixture.TimeNs += 1_000_000;
        fixture.Respond(id, name, type, found ? (byte)0 : rcode, found ? 1 : 0);
        return fixture.Published[^1].SearchedName;
    }

    private void Wait() => fixture.TimeNs += 60 * Second;
}
