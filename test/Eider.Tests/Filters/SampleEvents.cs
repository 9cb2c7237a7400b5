// Events for tests of filters and formats, each with everything filled in.

using Eider.Core;

namespace Eider.Tests.Filters;

internal static class SampleEvents
{
    /// <summary>2026-01-31T12:00:00.123456789Z.</summary>
    public const long TimeNs = 1_769_860_800_123_456_789;

    public static readonly Identity Curl = new()
    {
        Process = new(1234, DateTimeOffset.UnixEpoch.AddSeconds(1_769_860_000), "curl", "/usr/bin/curl", "curl https://api.example.com", [new(1, "systemd", "/usr/lib/systemd/systemd")]),
        User = new(33, "www-data"),
        Cgroup = new(77, "/system.slice/web.service"),
        Unit = "web.service",
        ContainerId = "4f1c0aee4f1c0aee4f1c0aee4f1c0aee4f1c0aee4f1c0aee4f1c0aee4f1c0aee",
        Pod = new("0e4a1b52-8d0c-4a52-9b61-1f2d3c4b5a69", "shop", "web-7d9f"),
    };

    /// <summary>api.example.com A answered in 12 ms with 192.0.2.7.</summary>
    public static DnsEvent Answered() => new()
    {
        TimeNs = TimeNs,
        EventKind = EventKind.Transaction,
        Role = Role.Client,
        Transport = Transport.Udp,
        Client = At("10.244.0.5", 40000),
        Server = At("10.96.0.10", 53),
        Identity = Curl,
        Id = 0x1234,
        Name = "api.example.com",
        QueryType = 1,
        Rcode = 0,
        Message = Convert.FromHexString("123481800001000100000000" + "03617069076578616d706c6503636f6d0000010001" + "c00c000100010000012c0004c0000207"),
        WireLength = 49,
        QueryLength = 33,
        LatencyNs = 12_345_678,
    };

    public static DnsEvent Unanswered() => new()
    {
        TimeNs = TimeNs,
        EventKind = EventKind.Transaction,
        Role = Role.Client,
        Transport = Transport.Tcp,
        Client = At("2001:db8::5", 40001),
        Server = At("2001:db8::53", 53),
        Id = 7,
        Name = "slow.example.org",
        QueryType = 28,
        Message = Convert.FromHexString("000701000001000000000000" + "04736c6f77076578616d706c65036f726700001c0001"),
        WireLength = 34,
        Unanswered = true,
        Retries = 2,
    };

    public static DnsEvent Broken(string what = "compression pointer loops") => new()
    {
        TimeNs = TimeNs,
        EventKind = EventKind.Response,
        Role = Role.Server,
        Transport = Transport.Udp,
        Client = At("192.0.2.1", 5353),
        Server = At("192.0.2.2", 53),
        Id = 9,
        Rcode = 3,
        Message = Convert.FromHexString("000985830001000000000000" + "c00c"),
        WireLength = 4000,
        Malformed = new(what, 12),
        Standalone = true,
        StandaloneReason = StandaloneReason.Malformed,
    };

    /// <summary>Answered, or what an exchange looks like whose query was judged.</summary>
    public static DnsEvent Judged(Verdict verdict)
    {
        var answered = Answered();
        return new()
        {
            TimeNs = answered.TimeNs, EventKind = answered.EventKind, Role = answered.Role, Transport = answered.Transport, Client = answered.Client, Server = answered.Server,
            Identity = answered.Identity, Id = answered.Id, Name = answered.Name, QueryType = answered.QueryType, Rcode = answered.Rcode, Message = answered.Message,
            WireLength = answered.WireLength, QueryLength = answered.QueryLength, LatencyNs = answered.LatencyNs, Verdict = verdict,
        };
    }

    /// <summary>By a list of a namespace's policy.</summary>
    public static readonly Verdict Denied = new(VerdictAction.Deny, VerdictMode.Enforce, VerdictReason.Name, "shop/web", "rules[0]", "threat-intel");

    public static readonly Verdict Audited = new(VerdictAction.Deny, VerdictMode.Audit, VerdictReason.Default, "baseline", "default", null);

    public static readonly Verdict Allowed = new(VerdictAction.Allow, VerdictMode.Enforce, VerdictReason.Name, "shop/web", "rules[1]", null);

    public static Alert Found() => new()
    {
        TimeNs = TimeNs,
        Id = "k3x81yq2",
        Detection = "dns.answer.conflict",
        Severity = AlertSeverity.High,
        Confidence = 75,
        Summary = "one question was answered twice",
        About = Answered(),
        Identity = Curl,
        Server = At("10.96.0.10", 53),
        Source = At("10.96.0.10", 53),
        Evidence = [new("times_asked", "1"), new("first", "192.0.2.7")],
        Count = 3,
        FirstNs = TimeNs,
        Mute = "- {detection: dns.answer.conflict}",
    };

    public static ActionEvent Denies(ResponseStep step = ResponseStep.Started, long timeNs = TimeNs) => new()
    {
        TimeNs = timeNs,
        Id = "0k3x81yq",
        Step = step,
        Action = ResponseAction.DenyName,
        Name = "login.example.com",
        Workload = "shop/web-0",
        Identity = Curl,
        Policy = "shop/guard",
        Rule = "respond[0]",
        Detection = "dns.answer.protected",
        AlertId = "k3x81yq2",
        StartedNs = TimeNs,
        UntilNs = TimeNs + 3_600_000_000_000,
        Why = step is ResponseStep.Refused or ResponseStep.Lifted ? "a rule allows the name" : null,
    };

    public static ActionEvent Quarantines() => new()
    {
        TimeNs = TimeNs,
        Id = "zz3x81yq",
        Step = ResponseStep.DryRun,
        Action = ResponseAction.Quarantine,
        Resolvers = [At("10.0.0.53", 53), At("2001:db8::53", 5353)],
        Workload = "/system.slice",
        Identity = new Identity { Cgroup = new CgroupInfo(7, null) },
        Policy = "guard",
        Rule = "respond[1]",
        Detection = "dns.answer.guessing",
        AlertId = "k3x81yq2",
        StartedNs = TimeNs,
        UntilNs = TimeNs + 1_000_000_000,
    };

    public static LossEvent Loss() => new() { TimeNs = TimeNs, Reason = "ring_full", Count = 42 };

    public static Endpoint At(string address, ushort port) => new(IpAddress.TryParse(address, out var ip) ? ip : throw new ArgumentException(address), port);
}
