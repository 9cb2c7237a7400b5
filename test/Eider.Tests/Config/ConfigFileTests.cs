// The config file: what is accepted, and that every mistake is named at its place.

using System.Net;
using System.Text;
using Eider.Core;
using Eider.Core.Config;
using Eider.Core.Policy;
using Xunit;

namespace Eider.Tests.Config;

public sealed class ConfigFileTests
{
    private const string Everything = """
        node: worker-3
        dns:
          ports: [53, 5353, 8853]
          transactionTimeout: 2500ms
          maxOpenTransactions: 1000
        policy: {paths: [/etc/eider/policies, /srv/more.yaml], workloads: /run/pods.yaml, lists: /srv/lists}
        detect:
          enabled: false
          off: [dns.answer.ttl, dns.hijack.names]
          mutes: [/etc/eider/mutes.yaml]
          addresses:
            - {name: local, file: /etc/eider/bad.txt}
            - {name: drop, url: "https://lists.example/drop.txt?a=%2F", sha256: "00000000000000000000000000000000000000000000000000000000000000FF", refresh: 1h, maxSize: 1MiB}
          lists: /srv/addresses
          internalZones: [corp.example, lan]
          protectedNames:
            - {name: login.example.com, addresses: [198.51.100.0/24, "2001:db8::/48"]}
            - {name: "*.shop.example.com", aliases: ["*.cdn.example.net"]}
          crossCheck: {resolver: "2001:db8::53", tls: dns.example, queriesPerSecond: 0.5}
        alerts:
          webhooks: [{url: "https://hooks.example.com/eider?a=b", secretFile: /etc/eider/secret, severity: high}]
          syslog: [{to: "unix:/dev/log", facility: local3}, {to: "tcp://[2001:db8::5]:601", severity: medium}, {to: "udp://log.example.com:514"}]
        ring: {size: 16MiB}
        history:
          enabled: false
          path: /srv/eider/h.db
          maxAge: 6h
          maxSize: 512MB
          maxRowsPerSecond: 500
        api:
          socket: /tmp/eider.sock
          listen: "[::1]:8053"
        log:
          level: debug
        """;

    [Theory]
    [InlineData("")]
    [InlineData("# nothing but a comment\n")]
    [InlineData("---\n")]
    [InlineData("{}\n")]
    [InlineData("history:\n  # maxAge: 1d\ndns:\n")]
    public void Config_without_values_is_the_default(string text) =>
        Assert.Equal(EiderConfig.Default, Accepted(text).Config);

    [Fact]
    public void Every_key_reaches_the_config()
    {
        var config = Accepted(Everything).Config;

        Assert.Equal("worker-3", config.Node);
        Assert.Equal([53, 5353, 8853], config.Dns.Ports);
        Assert.Equal(TimeSpan.FromSeconds(2.5), config.Dns.TransactionTimeout);
        Assert.Equal(1000, config.Dns.MaxOpenTransactions);
        Assert.Equal(new PolicyConfig { Paths = ["/etc/eider/policies", "/srv/more.yaml"], Workloads = "/run/pods.yaml", Lists = "/srv/lists" }, config.Policy);
        Assert.Equal((false, "dns.answer.ttl dns.hijack.names", "/etc/eider/mutes.yaml", "/srv/addresses"), (config.Detect.Enabled, string.Join(' ', config.Detect.Off), Assert.Single(config.Detect.Mutes), config.Detect.Lists));
        Assert.Equal(["corp.example", "lan"], config.Detect.InternalZones);
        Assert.Equal(["local", "drop"], config.Detect.Addresses.Select(list => list.Name));
        Assert.Equal(new FileListSource("/etc/eider/bad.txt"), config.Detect.Addresses[0].Source);
        Assert.Equal((TimeSpan.FromHours(1), 1L << 20, ListFormat.Addresses), (config.Detect.Addresses[1].Refresh, config.Detect.Addresses[1].MaxSize, config.Detect.Addresses[1].Format));
        Assert.Equal(["login.example.com", "*.shop.example.com"], config.Detect.ProtectedNames.Select(name => name.Name.ToString()));
        Assert.Equal(["198.51.100.0/24", "2001:db8::/48"], config.Detect.ProtectedNames[0].Addresses.Select(prefix => prefix.ToString()));
        Assert.Equal("*.cdn.example.net", Assert.Single(config.Detect.ProtectedNames[1].Targets).ToString());
        Assert.Equal("[2001:db8::53]:853 dns.example 0.5", $"{config.Detect.CrossCheck!.Resolver} {config.Detect.CrossCheck.Tls} {config.Detect.CrossCheck.QueriesPerSecond:0.0}");
        Assert.Equal(new WebhookConfig(new Uri("https://hooks.example.com/eider?a=b"), "/etc/eider/secret", AlertSeverity.High), Assert.Single(config.Alerts.Webhooks));
        Assert.Equal(
            [
                new(new(SyslogTransport.Unix, "/dev/log", 0), SyslogFacility.Local3, AlertSeverity.Low), new(new(SyslogTransport.Tcp, "2001:db8::5", 601), SyslogFacility.Authpriv, AlertSeverity.Medium),
                new SyslogConfig(new(SyslogTransport.Udp, "log.example.com", 514), SyslogFacility.Authpriv, AlertSeverity.Low),
            ],
            config.Alerts.Syslog);
        Assert.Equal(16 << 20, config.Ring.Size);
        Assert.Equal(new HistoryConfig { Enabled = false, Path = "/srv/eider/h.db", MaxAge = TimeSpan.FromHours(6), MaxSize = 512_000_000, MaxRowsPerSecond = 500 }, config.History);
        Assert.Equal(new ApiConfig { Socket = "/tmp/eider.sock", Listen = new IPEndPoint(IPAddress.IPv6Loopback, 8053) }, config.Api);
        Assert.Equal(LogLevel.Debug, config.Log.Level);
    }

    [Fact]
    public void Every_key_of_the_schema_is_in_the_full_example()
    {
        var file = Accepted(Everything);
        Assert.All(ConfigSchema.Keys, key => Assert.NotEqual(key.Write(EiderConfig.Default), key.Write(file.Config)));
    }

    [Fact]
    public void Shown_config_reads_back_and_names_origins()
    {
        var file = Accepted(Everything);
        var shown = file.ToYaml();

        Assert.Contains("  maxAge: 6h  # eider.yaml:27\n", shown, StringComparison.Ordinal);
        Assert.All(ConfigSchema.Keys, key => Assert.Equal(key.Write(file.Config), key.Write(Accepted(shown).Config)));
    }

    [Fact]
    public void Shown_default_reads_back_to_the_default()
    {
        var shown = ConfigFile.Defaults.ToYaml();

        Assert.Contains("  ports: [53, 5353]  # default\n", shown, StringComparison.Ordinal);
        Assert.Contains("  listen: null  # default\n", shown, StringComparison.Ordinal);
        Assert.Equal(EiderConfig.Default, Accepted(shown).Config);
    }

    [Theory]
    [InlineData("/srv/a b/#1: x.db")]
    [InlineData("/srv/\"quoted\"\\back")]
    [InlineData("/srv/ünïcode/🦆.db")]
    public void Awkward_paths_survive_being_shown(string path)
    {
        var file = Accepted($"history:\n  path: '{path}'\n");
        Assert.Equal(path, file.Config.History.Path);
        Assert.Equal(path, Accepted(file.ToYaml()).Config.History.Path);
    }

    [Theory]
    // Unknown keys, with what was meant.
    [InlineData("histroy:\n  maxAge: 1d", "eider.yaml:1:1: unknown key \"histroy\"; did you mean \"history\"?")]
    [InlineData("history:\n  max_age: 1d", "eider.yaml:2:3: unknown key \"max_age\" in \"history\"; did you mean \"maxAge\"?")]
    [InlineData("ports: [53]", "eider.yaml:1:1: unknown key \"ports\"; did you mean \"dns.ports\"?")]
    [InlineData("color: blue", "eider.yaml:1:1: unknown key \"color\"")]
    [InlineData("? [a, b]\n: 1", "eider.yaml:1:3: a key is a word, not a list")]
    // Wrong types.
    [InlineData("- a", "eider.yaml:1:1: expected a mapping of config keys, found a list")]
    [InlineData("dns: 53", "eider.yaml:1:6: expected a mapping with the keys of \"dns\", found \"53\"")]
    [InlineData("dns:\n  ports: {a: 1}", "eider.yaml:2:10: expected a list of 1 to 16 ports, found a mapping")]
    [InlineData("dns:\n  ports: 53", "eider.yaml:2:10: expected a list of 1 to 16 ports, found \"53\"")]
    [InlineData("dns:\n  ports: []", "eider.yaml:2:10: expected a list of 1 to 16 ports, found 0")]
    [InlineData("dns:\n  ports:", "eider.yaml:2:9: expected a list of 1 to 16 ports, found nothing")]
    [InlineData("history:\n  path: [a]", "eider.yaml:2:9: expected an absolute path, found a list")]
    // Values out of range.
    [InlineData("dns:\n  ports: [53, 0]", "eider.yaml:2:15: expected a port from 1 to 65535, found \"0\"")]
    [InlineData("dns:\n  ports: [65536]", "eider.yaml:2:11: expected a port from 1 to 65535, found \"65536\"")]
    [InlineData("dns:\n  ports: [53, 53]", "eider.yaml:2:15: port 53 is listed twice")]
    [InlineData("dns:\n  transactionTimeout: 1ms", "eider.yaml:2:23: expected a duration from 100ms to 5m, found \"1ms\"")]
    [InlineData("dns:\n  transactionTimeout: 5", "eider.yaml:2:23: expected a duration from 100ms to 5m, found \"5\"; write a number with its unit, such as 500ms, 5s, 6h or 7d")]
    [InlineData("dns:\n  maxOpenTransactions: -1", "eider.yaml:2:24: expected a whole number from 64 to 4194304, found \"-1\"")]
    [InlineData("policy:\n  paths: /etc/p", "eider.yaml:2:10: expected a list of up to 100 absolute paths, found \"/etc/p\"; put it in [ and ]")]
    [InlineData("policy:\n  paths: [p.yaml]", "eider.yaml:2:11: expected an absolute path, found \"p.yaml\"")]
    [InlineData("policy:\n  workloads: 7", "eider.yaml:2:14: expected an absolute path, found \"7\"")]
    [InlineData("ring:\n  size: 9MiB", "eider.yaml:2:9: expected a size from 64KiB to 1GiB that is a power of two, found \"9MiB\"")]
    [InlineData("history:\n  maxSize: 99999999999999999999MB", "eider.yaml:2:12: expected a size from 4MiB to 16TiB, found \"99999999999999999999MB\"; write a whole number with its unit, such as 8MiB or 512MB")]
    [InlineData("history:\n  enabled: yes", "eider.yaml:2:12: expected true or false, found \"yes\"; did you mean \"true\"?")]
    [InlineData("history:\n  path: history.db", "eider.yaml:2:9: expected an absolute path, found \"history.db\"")]
    [InlineData("api:\n  listen: 8053", "eider.yaml:2:11: expected an address and port such as 127.0.0.1:8053 or [::1]:8053, or null for none, found \"8053\"; did you mean \"127.0.0.1:8053\"?")]
    [InlineData("api:\n  listen: '::1'", "eider.yaml:2:11: expected an address and port such as 127.0.0.1:8053 or [::1]:8053, or null for none, found \"::1\"")]
    [InlineData("log:\n  level: inf", "eider.yaml:2:10: expected one of debug, info, warning, error, found \"inf\"; did you mean \"info\"?")]
    [InlineData("node: \"a\\nb\"", "eider.yaml:1:7: expected a host name of at most 253 letters, digits, \"-\", \"_\" and \".\", found \"a\\u000ab\"")]
    // Lists of mappings.
    [InlineData("detect:\n  off: [dns.answer.tll]", "eider.yaml:2:9: expected one of dns.answer.source")]
    [InlineData("detect:\n  addresses: [{nam: x, file: /a}]", "eider.yaml:2:16: unknown key \"nam\" in a list of addresses; did you mean \"name\"?")]
    [InlineData("detect:\n  addresses: [{name: x}]", "eider.yaml:2:15: the list has no source; give \"file\" or \"url\"")]
    [InlineData("detect:\n  addresses: [{name: x, file: /a, url: \"https://a.example/\"}]", "eider.yaml:2:15: the list has a file and a URL; give \"file\" or \"url\"")]
    [InlineData("detect:\n  addresses: [{name: x, file: a.txt}]", "eider.yaml:2:31: expected an absolute path, found \"a.txt\"")]
    [InlineData("detect:\n  addresses: [{name: x, file: /a}, {name: x, file: /b}]", "eider.yaml:2:36: \"x\" is given twice")]
    [InlineData("detect:\n  addresses: {name: x, file: /a}", "eider.yaml:2:14: expected a list of up to 100 lists, each {name, file or url, sha256, refresh, maxSize}, found a mapping; begin it with \"- \", or put it in [ and ]")]
    [InlineData("detect:\n  internalZones: [\"*.corp.example\"]", "eider.yaml:2:19: \"*.corp.example\" is no zone, which stands for itself and everything below it; did you mean \"corp.example\"?")]
    [InlineData("detect:\n  protectedNames: [{name: a.example}]", "eider.yaml:2:20: a protected name without addresses and aliases expects nothing; say what it should be answered with")]
    [InlineData("detect:\n  protectedNames: [{name: a.example, addresses: [10.0.0]}]", "eider.yaml:2:50: expected an address or range such as 192.0.2.7, 198.51.100.0/24 or 2001:db8::/32, found \"10.0.0\"")]
    [InlineData("detect:\n  crossCheck: 9.9.9.9", "eider.yaml:2:15: expected a second resolver with resolver")]
    [InlineData("detect:\n  crossCheck: {tls: dns.example}", "eider.yaml:2:15: \"resolver\" is missing in a second resolver")]
    [InlineData("detect:\n  crossCheck: {resolver: dns.example}", "eider.yaml:2:26: expected an address with or without a port, such as 10.0.0.53:53 or [2001:db8::53]:53, found \"dns.example\"")]
    [InlineData("detect:\n  crossCheck: {resolver: 9.9.9.9, tls: \"*.example\"}", "eider.yaml:2:40: \"*.example\" is no host; did you mean \"example\"?")]
    [InlineData("detect:\n  crossCheck: {resolver: 9.9.9.9, queriesPerSecond: 1000}", "eider.yaml:2:53: expected a number from 0.01 to 100, found \"1000\"")]
    [InlineData("detect:\n  protectednames: []", "eider.yaml:2:3: unknown key \"protectednames\" in \"detect\"; did you mean \"protectedNames\"?")]
    [InlineData("alerts:\n  webhooks: [{url: \"https://a.example/\"}]", "eider.yaml:2:14: \"secretFile\" is missing in a webhook; it is an absolute path")]
    [InlineData("alerts:\n  webhooks: [{url: \"https://u:p@a.example/\", secretFile: /s}]", "eider.yaml:2:20: expected an http or https URL without user and password, found")]
    [InlineData("alerts:\n  webhooks: [{url: \"ftp://a.example/\", secretFile: /s}]", "eider.yaml:2:20: expected an http or https URL")]
    [InlineData("alerts:\n  webhooks: [{url: \"http://a.example/\", secretFile: /s, severity: hihg}]", "eider.yaml:2:67: expected one of low, medium, high, critical, found \"hihg\"; did you mean \"high\"?")]
    [InlineData("alerts:\n  syslog: [{to: /dev/log}]", "eider.yaml:2:17: expected a place such as unix:/dev/log, udp://192.0.2.5:514 or tcp://[2001:db8::5]:601, found \"/dev/log\"; did you mean \"unix:/dev/log\"?")]
    [InlineData("alerts:\n  syslog: [{to: \"udp://192.0.2.5\"}]", "eider.yaml:2:17: expected a place such as")]
    [InlineData("alerts:\n  syslog: [{to: \"udp://a b:1\"}]", "eider.yaml:2:17: expected a place such as")]
    [InlineData("alerts:\n  syslog: [{to: \"tcp://:601\"}]", "eider.yaml:2:17: expected a place such as")]
    [InlineData("alerts:\n  syslog: [{to: \"tcp://2001:db8::5:601\"}]", "eider.yaml:2:17: expected a place such as")]
    [InlineData("alerts:\n  syslog: [{to: \"udp://a.example:0\"}]", "eider.yaml:2:17: expected a place such as")]
    [InlineData("alerts:\n  syslog: [{to: \"udp://\"}]", "eider.yaml:2:17: expected a place such as")]
    [InlineData("alerts:\n  syslog: [{to: \"unix:/dev/log\", facility: mail}]", "eider.yaml:2:44: expected one of user, daemon, auth, authpriv, local0")]
    // YAML that is refused as such.
    [InlineData("node: a\nnode: b", "eider.yaml:2:1: key \"node\" is given twice; the first is on line 1")]
    [InlineData("node: a\n---\nnode: b", "eider.yaml:2:1: a second document begins here; the file is one document")]
    [InlineData("node: &n a", "eider.yaml:1:7: anchors (&name) are not used here; write the value out where it is needed")]
    [InlineData("node: !!str a", "eider.yaml:1:7: tags (!name) are not used here; leave the tag out")]
    [InlineData("dns:\n\tports: [53]", "eider.yaml:2:1: a tab indents this line; YAML indents with spaces")]
    public void Mistake_is_named_at_its_place(string text, string expected) =>
        Assert.StartsWith(expected, Assert.Single(Refused(text)), StringComparison.Ordinal);

    [Fact]
    public void Alias_is_named_at_its_place() => Assert.Equal(
        "eider.yaml:1:7: \"*n\" is an alias to YAML, and aliases are not used here; put it in quotes, or write the value out", Refused("node: *n")[0]);

    [Fact]
    public void All_mistakes_are_reported_at_once_in_order()
    {
        var errors = Refused("""
            dns:
              ports: [0]
              timeout: 5s
            history:
              maxAge: soon
            log: {level: loud}
            """);

        Assert.Equal(["eider.yaml:2:11", "eider.yaml:3:3", "eider.yaml:5:11", "eider.yaml:6:14"], errors.Select(error => error[..error.IndexOf(": ", StringComparison.Ordinal)]));
    }

    [Theory]
    [InlineData(new byte[] { 0xff, 0xfe, (byte)'a', 0 }, "eider.yaml: the text is UTF-16; save it as UTF-8")]
    [InlineData(new byte[] { (byte)'#', (byte)'\n', (byte)'a', 0xe9, (byte)'\n' }, "eider.yaml:2:2: octet 0xe9 is not UTF-8; save the file as UTF-8")]
    [InlineData(new byte[] { (byte)'a', 0 }, "eider.yaml:1:2: control character U+0000 is not allowed in YAML")]
    public void Encoding_mistake_is_named_at_its_place(byte[] bytes, string expected)
    {
        Assert.Null(ConfigFile.Parse(bytes, "eider.yaml", out var errors));
        Assert.Equal(expected, Assert.Single(errors).ToString());
    }

    [Fact]
    public void Byte_order_mark_is_taken()
    {
        Assert.NotNull(ConfigFile.Parse((byte[])[0xef, 0xbb, 0xbf, .. "node: a"u8], "eider.yaml", out _));
    }

    [Fact]
    public void Oversized_file_is_refused_whole()
    {
        Assert.Null(ConfigFile.Parse(new string('#', ConfigFile.MaxBytes + 1), "eider.yaml", out var errors));
        Assert.Equal("eider.yaml: longer than 256KiB; this is not a config file", Assert.Single(errors).ToString());
    }

    [Theory]
    [InlineData('[')]
    [InlineData('{')]
    [InlineData('-')]
    [InlineData('?')]
    [InlineData('"')]
    [InlineData('&')]
    public void Largest_file_of_one_character_is_refused_not_suffered(char character) =>
        Assert.NotEmpty(Refused(string.Concat(Enumerable.Repeat($"{character} ", ConfigFile.MaxBytes / 2))));

    [Fact]
    public void Deep_nesting_is_refused() =>
        Assert.Contains("nested deeper than 32 levels", Assert.Single(Refused("a: " + new string('[', 33) + new string(']', 33))), StringComparison.Ordinal);

    [Fact]
    public void Errors_of_a_foreign_file_are_bounded()
    {
        var errors = Refused(string.Concat(Enumerable.Range(0, 1000).Select(i => $"key{i}: 1\n")));
        Assert.Equal(51, errors.Count);
        Assert.Equal("eider.yaml: 950 more errors are not shown", errors[^1]);
    }

    [Fact]
    public void Any_mangling_of_a_config_ends_in_a_config_or_in_errors()
    {
        var random = new Random(5353);
        var original = Encoding.UTF8.GetBytes(Everything);
        var marks = "\0\t\n\r !\"#%&'()*,-:>?@[]`{|}~\\\u007fé<"u8;
        for (var round = 0; round < 50_000; round++)
        {
            var bytes = original.ToArray();
            for (var change = random.Next(1, 5); change > 0; change--)
            {
                bytes[random.Next(bytes.Length)] = marks[random.Next(marks.Length)];
            }

            var file = ConfigFile.Parse(bytes.AsSpan(0, random.Next(bytes.Length + 1)), "eider.yaml", out var errors);
            Assert.Equal(file is null, errors.Count > 0);
        }
    }

    [Fact]
    public void Missing_file_is_one_clear_error()
    {
        Assert.Null(ConfigFile.Load("/nonexistent/eider.yaml", out var errors));
        Assert.Equal("/nonexistent/eider.yaml: no such file; without --config the defaults are used", Assert.Single(errors).ToString());
    }

    [Fact]
    public void Directory_is_one_clear_error()
    {
        Assert.Null(ConfigFile.Load("/tmp", out var errors));
        Assert.Equal("/tmp: is a directory, not a config file", Assert.Single(errors).ToString());
    }

    private static ConfigFile Accepted(string text)
    {
        var file = ConfigFile.Parse(text, "eider.yaml", out var errors);
        Assert.Empty(errors);
        return file!;
    }

    private static List<string> Refused(string text)
    {
        Assert.Null(ConfigFile.Parse(text, "eider.yaml", out var errors));
        return [.. errors.Select(error => error.ToString())];
    }
}
