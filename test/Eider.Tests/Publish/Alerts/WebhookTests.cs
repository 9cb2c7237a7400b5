// Alerts to a real HTTP server that checks signatures, hangs, fails and recovers.

using System.Security.Cryptography;
using System.Text;
using Eider.Cli;
using Eider.Core;
using Eider.Core.Config;
using Eider.Output;
using Eider.Publish.Alerts;
using Eider.Status;
using Eider.Tests.Lists;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace Eider.Tests.Publish.Alerts;

public sealed class WebhookTests : IDisposable
{
    private const string Secret = "0123456789abcdef0123456789abcdef";
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    private readonly string _folder = Directory.CreateTempSubdirectory("eider-webhook-").FullName;
    private readonly FakeTimeProvider _time = new(new DateTimeOffset(2026, 1, 31, 12, 0, 0, TimeSpan.Zero));
    private readonly List<string> _log = [];
    private readonly List<string> _taken = [];

    private string SecretFile => Path.Combine(_folder, "secret");

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task Alert_is_posted_as_json_with_a_signature_that_the_receiver_can_check()
    {
        await using var server = await Start(_ => 200);
        await using var outputs = Open(server);

        outputs.Publish(SampleAlerts.Numbered(7, count: 61));
        await SampleAlerts.Until(() => Taken().Length == 1);

        var row = EventRowReader.Read(Encoding.UTF8.GetBytes(Taken()[0]));
        Assert.Equal(("00000007", 61, "high"), (row.AlertId, row.FindingCount, row.Severity));
        Assert.Contains("\"node\":\"node-1\"", Taken()[0], StringComparison.Ordinal);
        await SampleAlerts.Until(() => outputs.Statuses[0].Sent == 1);
        Assert.Equal(0, outputs.Statuses[0].Queued);
    }

    [Fact]
    public async Task Other_events_and_lesser_alerts_are_not_sent()
    {
        await using var server = await Start(_ => 200);
        await using var outputs = Open(server, AlertSeverity.High);

        outputs.Publish(Filters.SampleEvents.Answered());
        outputs.Publish(SampleAlerts.Numbered(1, AlertSeverity.Medium));
        outputs.Publish(SampleAlerts.Numbered(2, AlertSeverity.Critical));
        await SampleAlerts.Until(() => outputs.Statuses[0].Sent == 1);

        Assert.Contains("00000002", Assert.Single(Taken()), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Server_that_fails_is_tried_again_until_it_takes_them_and_nothing_is_lost()
    {
        var requests = 0;
        await using var server = await Start(_ => ++requests <= 3 ? 500 : 200);
        await using var outputs = Open(server);

        outputs.Publish(SampleAlerts.Numbered(1));
        outputs.Publish(SampleAlerts.Numbered(2));
        await SampleAlerts.Until(() => outputs.Statuses[0].Trouble is not null);
        Assert.Contains("answered 500", outputs.Statuses[0].Trouble, StringComparison.Ordinal);
        await SampleAlerts.Until(() => outputs.Statuses[0].Sent == 2, _time);

        // A try may have been given up for the time that flew by here.
        Assert.InRange(outputs.Statuses[0].Retries, 3, long.MaxValue);
        Assert.Equal((0, null), (Dropped(outputs), outputs.Statuses[0].Trouble));
        Assert.Equal(
            ($"alerts: {outputs.Statuses[0].Name}: answered 500; the server is busy or has a fault", $"alerts: {outputs.Statuses[0].Name}: taken again"), (_log[0], _log[^1]));
    }

    [Fact]
    public async Task Server_that_hangs_blocks_nobody_and_what_does_not_fit_is_counted()
    {
        await using var server = await ListServer.StartAsync(static context => Task.Delay(Timeout.Infinite, context.RequestAborted));
        await using var outputs = Open(server);
        await using var other = await Start(_ => 200);
        await using var healthy = Open(other);

        for (var number = 0; number < AlertQueue.Capacity + 100; number++)
        {
            outputs.Publish(SampleAlerts.Numbered(number));
            healthy.Publish(SampleAlerts.Numbered(number % 10));
        }

        await SampleAlerts.Until(() => healthy.Statuses[0].Queued == 0);
        await SampleAlerts.Until(() => outputs.Statuses[0].Trouble is not null, _time, WebhookSender.Patience);
        Assert.Contains("gave no answer for 15 s", outputs.Statuses[0].Trouble, StringComparison.Ordinal);

        // One is under way, the others wait.
        Assert.InRange(Dropped(outputs, "queue_full"), 99, 100);
        Assert.Equal(0, outputs.Statuses[0].Sent);
    }

    [Theory]
    [InlineData("status", "HTTP/1.1 20", "gave no answer for 15 s")]
    [InlineData("headers", "HTTP/1.1 200 OK\r\nX-Endless: ", "cannot be reached")]
    [InlineData("lines", "HTTP/1.1 200 OK\r\n", "cannot be reached")]
    public async Task Answer_without_an_end_is_given_up(string part, string start, string trouble)
    {
        using var endless = new EndlessServer(start, part switch { "headers" => new string('x', 4096), "lines" => "X: x\r\n", _ => "" });
        await using var outputs = Open(endless.Url);

        outputs.Publish(SampleAlerts.Numbered(1));
        await SampleAlerts.Until(() => endless.HasBegun);
        await SampleAlerts.Until(() => outputs.Statuses[0].Trouble is not null, part == "status" ? _time : null, WebhookSender.Patience);

        Assert.Contains(trouble, outputs.Statuses[0].Trouble, StringComparison.Ordinal);
        Assert.Equal((0L, 1), (outputs.Statuses[0].Sent, outputs.Statuses[0].Queued));
    }

    [Fact]
    public async Task Body_without_an_end_is_not_read()
    {
        using var endless = new EndlessServer("HTTP/1.1 200 OK\r\n\r\n", new string('x', 4096));
        await using var outputs = Open(endless.Url);

        outputs.Publish(SampleAlerts.Numbered(1));
        outputs.Publish(SampleAlerts.Numbered(2));
        await SampleAlerts.Until(() => outputs.Statuses[0].Sent == 2);

        Assert.Null(outputs.Statuses[0].Trouble);
    }

    [Fact]
    public async Task Server_that_is_away_for_hours_gets_what_waited()
    {
        int port;
        await using (var gone = await Start(_ => 200))
        {
            port = gone.Url.Port;
        }

        await using var outputs = Open(new Uri($"http://127.0.0.1:{port}/"));
        outputs.Publish(SampleAlerts.Numbered(1));
        await SampleAlerts.Until(() => outputs.Statuses[0].Retries > 3 * AlertOutput.MostFailures, _time, AlertOutput.LongestRetry * 2);

        Assert.Contains(_log, static line => line.Contains("cannot be reached", StringComparison.Ordinal));
        Assert.Equal((0, 1), (Dropped(outputs), outputs.Statuses[0].Queued));
    }

    [Fact]
    public async Task Alert_that_its_receiver_always_fails_on_is_given_up_and_the_next_is_sent()
    {
        await using var server = await Start(body => body.Contains("00000001", StringComparison.Ordinal) ? 503 : 200);
        await using var outputs = Open(server);

        outputs.Publish(SampleAlerts.Numbered(1));
        outputs.Publish(SampleAlerts.Numbered(2));
        await SampleAlerts.Until(() => outputs.Statuses[0].Sent == 1, _time);

        Assert.Equal(1, Dropped(outputs, "gave_up"));
        Assert.InRange(outputs.Statuses[0].Retries, AlertOutput.MostFailures - 1, long.MaxValue);
    }

    [Theory]
    [InlineData(400, "check the address")]
    [InlineData(401, "the same secret")]
    [InlineData(302, "leads elsewhere")]
    public async Task Refusal_is_counted_and_not_tried_again(int code, string mend)
    {
        var requests = 0;
        await using var server = await Start(_ =>
        {
            requests++;
            return code;
        });
        await using var outputs = Open(server);

        outputs.Publish(SampleAlerts.Numbered(1));
        await SampleAlerts.Until(() => Dropped(outputs, "refused") == 1);

        Assert.Contains(mend, outputs.Statuses[0].Trouble, StringComparison.Ordinal);
        Assert.Equal((1, 0L), (requests, outputs.Statuses[0].Retries));
    }

    [Fact]
    public async Task Receiver_that_asks_to_be_left_alone_is()
    {
        await using var server = await Start(_ => 200, context =>
        {
            context.Response.StatusCode = 429;
            context.Response.Headers.RetryAfter = "120";
        });
        await using var outputs = Open(server);

        outputs.Publish(SampleAlerts.Numbered(1));
        await SampleAlerts.Until(() => outputs.Statuses[0].Retries == 1);
        _time.Advance(TimeSpan.FromSeconds(100));
        await Task.Yield();
        Assert.Equal(1, outputs.Statuses[0].Retries);
        await SampleAlerts.Until(() => outputs.Statuses[0].Retries == 2, _time);
        Assert.Equal(2, server.Requests.Count);
    }

    [Fact]
    public async Task End_of_the_agent_gives_one_more_try_and_counts_the_rest()
    {
        await using var server = await Start(_ => 500);
        var outputs = Open(server);
        outputs.Publish(SampleAlerts.Numbered(1));
        outputs.Publish(SampleAlerts.Numbered(2));
        await SampleAlerts.Until(() => outputs.Statuses[0].Retries == 1);

        await outputs.DisposeAsync();
        outputs.Publish(SampleAlerts.Numbered(3));

        Assert.Equal((2, 3), (server.Requests.Count, Dropped(outputs, "closed")));
    }

    [Fact]
    public async Task New_secret_holds_from_the_next_alert_and_a_broken_one_leaves_the_last()
    {
        var signatures = new List<string>();
        await using var server = await Start(_ => 200, context => signatures.Add(context.Request.Headers[WebhookSender.SignatureHeader].ToString()), isChecked: false);
        await using var outputs = Open(server);
        foreach (var secret in (string[])[Secret, "another-secret-of-32-octets-long", "short"])
        {
            File.WriteAllText(SecretFile, secret);
            outputs.Publish(SampleAlerts.Numbered(signatures.Count));
            var before = signatures.Count;
            await SampleAlerts.Until(() => outputs.Statuses[0].Sent == before + 1);
        }

        var bodies = Taken();
        Assert.Equal(Sign(Secret, bodies[0]), signatures[0]);
        Assert.Equal(Sign("another-secret-of-32-octets-long", bodies[1]), signatures[1]);
        Assert.Equal(Sign("another-secret-of-32-octets-long", bodies[2]), signatures[2]);
        Assert.Contains("the last key that was there is used", Assert.Single(_log), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(OwnerOnly | UnixFileMode.OtherRead, Secret, "chmod 600")]
    [InlineData(OwnerOnly | UnixFileMode.GroupWrite, Secret, "chmod 600")]
    [InlineData(OwnerOnly, "0123456789abcde\n", "at least 16 octets, and this has 15")]
    [InlineData(OwnerOnly, null, "no such file")]
    [InlineData(OwnerOnly | UnixFileMode.GroupRead, Secret + "\r\n", null)]
    public void Secret_is_taken_only_from_a_file_that_others_cannot_read(UnixFileMode mode, string? content, string? fault)
    {
        if (content is not null)
        {
            File.WriteAllText(SecretFile, content);
            File.SetUnixFileMode(SecretFile, mode);
        }

        Assert.Equal(fault is null, WebhookSecret.TryOpen(SecretFile, out var secret, out var found));
        Assert.Contains(fault ?? "", found ?? "", StringComparison.Ordinal);
        Assert.Equal(fault is null ? Secret : null, secret is null ? null : Encoding.ASCII.GetString(secret.Key));
    }

    [Fact]
    public void Agent_does_not_start_with_a_secret_that_cannot_be_used()
    {
        var config = EiderConfig.Default with { Alerts = new AlertsConfig { Webhooks = [new(new Uri("http://127.0.0.1:1/"), SecretFile, AlertSeverity.Low)] } };

        var refused = Assert.Throws<CliException>(() => AlertOutputs.Create(config, _log.Add, _time));

        Assert.Equal((ExitCode.BadInput, true), (refused.ExitCode, refused.Message.StartsWith($"{SecretFile}: no such file", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task Webhooks_of_one_server_have_names_of_their_own_without_their_paths()
    {
        File.WriteAllText(SecretFile, Secret);
        File.SetUnixFileMode(SecretFile, OwnerOnly);
        WebhookConfig Hook(string path) => new(new Uri($"http://127.0.0.1:1/{path}"), SecretFile, AlertSeverity.Low);
        await using var outputs = AlertOutputs.Create(EiderConfig.Default with { Alerts = new AlertsConfig { Webhooks = [Hook("token-1"), Hook("token-2"), Hook("token-3")] } }, _log.Add, _time);

        Assert.Equal(["webhook 127.0.0.1:1", "webhook 127.0.0.1:1#2", "webhook 127.0.0.1:1#3"], outputs.Statuses.Select(static output => output.Name));
    }

    [Fact]
    public void Signature_is_the_documented_one()
    {
        // printf '1769860800.{}' | openssl dgst -sha256 -hmac key
        Assert.Equal(Sign("key", "{}"), WebhookSender.Sign("key"u8, "1769860800", "{}"u8));
        Assert.Equal("sha256=" + Convert.ToHexStringLower(HMACSHA256.HashData("key"u8, "1769860800.{}"u8)), Sign("key", "{}"));
    }

    private static string Sign(string secret, string body) => WebhookSender.Sign(Encoding.ASCII.GetBytes(secret), "1769860800", Encoding.UTF8.GetBytes(body));

    private static int Dropped(AlertOutputs outputs, string? reason = null) => (int)outputs.Statuses[0].Dropped.Where(drop => reason is null || drop.Reason == reason).Sum(static drop => drop.Count);

    private string[] Taken()
    {
        lock (_taken)
        {
            return [.. _taken];
        }
    }

    /// <summary>A receiver that takes nothing whose signature is not right.</summary>
    private Task<ListServer> Start(Func<string, int> answer, Action<HttpContext>? then = null, bool isChecked = true) => ListServer.StartAsync(async context =>
    {
        using var reader = new StreamReader(context.Request.Body);
        var body = await reader.ReadToEndAsync();
        var signed = $"{context.Request.Headers[WebhookSender.TimestampHeader]}.{body}";
        var expected = "sha256=" + Convert.ToHexStringLower(HMACSHA256.HashData(Encoding.ASCII.GetBytes(Secret), Encoding.UTF8.GetBytes(signed)));
        if (isChecked && (context.Request.Method != "POST" || context.Request.ContentType != "application/json" || context.Request.Headers[WebhookSender.SignatureHeader] != expected))
        {
            context.Response.StatusCode = 418;
            return;
        }

        context.Response.StatusCode = answer(body);
        if (context.Response.StatusCode == 302)
        {
            context.Response.Headers.Location = "/elsewhere";
        }

        lock (_taken)
        {
            _taken.Add(body);
        }

        then?.Invoke(context);
    });

    private AlertOutputs Open(ListServer server, AlertSeverity least = AlertSeverity.Low) => Open(server.Url, least);

    private AlertOutputs Open(Uri url, AlertSeverity least = AlertSeverity.Low)
    {
        if (!File.Exists(SecretFile))
        {
            File.WriteAllText(SecretFile, Secret);
            File.SetUnixFileMode(SecretFile, OwnerOnly);
        }

        return AlertOutputs.Create(
            EiderConfig.Default with { Node = "node-1", Alerts = new AlertsConfig { Webhooks = [new(url, SecretFile, least)] } },
            line =>
            {
                lock (_log)
                {
                    _log.Add(line);
                }
            },
            _time);
    }
}
