using System.Net;
using System.Net.Sockets;
using System.Text.RegularExpressions;
using Eider.Api;
using Eider.Cli;
using Eider.Core;
using Eider.Core.Config;
using Eider.Core.Store;
using Eider.Publish;
using Eider.Tests.Formats;
using Xunit;

namespace Eider.Tests.Api;

public sealed class ApiServerTests : IAsyncLifetime
{
    private const int Events = 3_000;

    private readonly string _directory = Directory.CreateTempSubdirectory("eider-api-").FullName;
    private readonly EventFeed _feed = new();
    private readonly List<string> _logged = [];

    /// <summary>Now, since the history keeps only what is recent.</summary>
    private readonly long _startNs = Output.Rfc3339.ToUnixNs(TimeProvider.System.GetUtcNow());
    private EiderConfig _config = EiderConfig.Default;
    private HistoryStore _history = null!;
    private ApiServer _server = null!;

    private string Socket => Path.Combine(_directory, "eider.sock");

    public async ValueTask InitializeAsync()
    {
        _config = _config with { Api = new ApiConfig { Socket = Socket }, History = _config.History with { Path = Path.Combine(_directory, "history.db") }, Node = "node-1" };
        _history = new HistoryStore(new HistoryOptions { Path = _config.History.Path }, TimeProvider.System, static _ => { });
        _server = await Start(_config);
    }

    public async ValueTask DisposeAsync()
    {
        await _server.DisposeAsync();
        _history.Dispose();
        Assert.Equal([], _logged);
        Directory.Delete(_directory, recursive: true);
    }

    [Fact(Timeout = 60_000)]
    public async Task History_and_live_events_meet_without_gap_or_duplicate()
    {
        // The request comes while events do, so the seam is somewhere in their stream, at another place in every run.
        using var client = Client();
        var isUnderWay = new TaskCompletionSource();
        var publishing = Task.Run(() =>
        {
            for (var number = 1; number <= Events; number++)
            {
                Publish(number);
                if (number % 10 == 0)
                {
                    Thread.Sleep(1);
                }

                if (number == Events / 10)
                {
                    isUnderWay.SetResult();
                }
            }
        });
        await isUnderWay.Task;

        var seen = new List<string>();
        await using (var body = await client.GetStreamAsync("http://agent/v1/events?last=100000&follow=true"))
        using (var reader = new StreamReader(body))
        {
            while (seen.Count < Events && await reader.ReadLineAsync() is { } line)
            {
                seen.Add(EventRowName(line));
            }
        }

        await publishing;
        Assert.Equal(Enumerable.Range(1, Events).Select(NameOf), seen);
    }

    [Fact]
    public async Task Last_events_of_the_history_are_the_newest_that_match()
    {
        for (var number = 1; number <= 20; number++)
        {
            Publish(number);
        }

        using var client = Client();
        var lines = (await client.GetStringAsync($"http://agent/v1/events?last=2&filter={Uri.EscapeDataString("name=n*5.example,n*7.example")}")).TrimEnd('\n').Split('\n');

        Assert.Equal([NameOf(15), NameOf(17)], lines.Select(EventRowName));
    }

    [Theory]
    [InlineData("/v1/events?filter=nmae%3Dx", 400, "did you mean \\\"name\\\"?")]
    [InlineData("/v1/events?last=-1", 400, "no number up to")]
    [InlineData("/v1/events?since=yesterday", 400, "no time")]
    [InlineData("/v1/events?follow=maybe", 400, "neither true nor false")]
    [InlineData("/v1/events?kind=all&limit=5", 400, "unknown parameter")]
    [InlineData("/v1/events?severity=hihg", 400, "did you mean \\\"high\\\"?")]
    [InlineData("/v1/events?detection=dns.answer.rebindin", 400, "did you mean \\\"dns.answer.rebinding\\\"?")]
    [InlineData("/v1/alerts/k3x81yq2", 404, "no alert")]
    [InlineData("/v1/status?measure=1h", 400, "no time up to 10 s")]
    [InlineData("/v2/events", 404, "/v1/events")]
    [InlineData("/", 404, "no such path")]
    public async Task Bad_request_is_refused_with_a_reason(string path, int code, string why)
    {
        using var client = Client();
        using var response = await client.GetAsync("http://agent" + path);

        Assert.Equal(code, (int)response.StatusCode);
        Assert.Contains(why, await response.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Only_get_is_served()
    {
        using var client = Client();
        using var response = await client.PostAsync("http://agent/v1/events", null);

        Assert.Equal(HttpStatusCode.MethodNotAllowed, response.StatusCode);
    }

    [Theory]
    [InlineData("/healthz", "ok\n")]
    [InlineData("/metrics", "eider_lost_total{reason=\"ring_full\"} 5\n")]
    [InlineData("/v1/status", "\"node\": \"node-1\"")]
    public async Task State_is_served(string path, string expected)
    {
        using var client = Client();

        Assert.Contains(expected, await client.GetStringAsync("http://agent" + path), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Document_names_paths_parameters_and_limits_as_they_are()
    {
        var document = File.ReadAllText(RepositoryFiles.PathOf("docs/api.md"));
        using var client = Client();
        var paths = Regex.Matches(document, "`GET (/[a-z0-9/]+)`").Select(static match => match.Groups[1].Value).ToList();
        Assert.Equal(5, paths.Count);
        Assert.All(paths, path => Assert.Equal(HttpStatusCode.OK, client.GetAsync("http://agent" + path).GetAwaiter().GetResult().StatusCode));

        using var refused = await client.GetAsync("http://agent/v1/events?nonsense=1");
        var known = await refused.Content.ReadAsStringAsync();
        var parameters = Regex.Matches(document, "^\\| `([a-z]+)` \\|", RegexOptions.Multiline).Select(static match => match.Groups[1].Value).ToList();
        Assert.Equal(8, parameters.Count);
        Assert.All(parameters, parameter => Assert.Contains(parameter, known, StringComparison.Ordinal));
        Assert.Contains($"at most {EventRequest.MostLast:n0}", document, StringComparison.Ordinal);
        Assert.Contains($"{EventSubscription.MaxEvents:n0} events or {EventSubscription.MaxOctets >> 20} MiB", document, StringComparison.Ordinal);
        Assert.Contains($"\"reason\":\"{EventSubscription.LossReason}\"", document, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Follower_is_let_go_when_the_feed_ends()
    {
        using var client = Client();
        await using var body = await client.GetStreamAsync("http://agent/v1/events?follow=true");
        Publish(1);

        _feed.Complete();

        using var reader = new StreamReader(body);
        Assert.Equal(NameOf(1), EventRowName((await reader.ReadLineAsync())!));
        Assert.Null(await reader.ReadLineAsync());
    }

    [Fact]
    public async Task Follower_that_has_gone_is_no_subscriber_any_more()
    {
        using (var client = Client())
        await using (await client.GetStreamAsync("http://agent/v1/events?follow=true"))
        {
            Assert.Equal(1, _feed.Subscribers);
        }

        Assert.True(SpinWait.SpinUntil(() => _feed.Subscribers == 0, TimeSpan.FromSeconds(10)));
    }

    [Fact]
    public async Task Finding_that_was_told_again_is_listed_once_as_it_was_told_last()
    {
        Publish(1);
        Publish(Found("aaaaaaaa", 1, AlertSeverity.High));
        Publish(Found("bbbbbbbb", 1, AlertSeverity.Low));
        Publish(Found("aaaaaaaa", 7, AlertSeverity.High));
        using var client = Client();

        Assert.Equal((string[])["bbbbbbbb 1", "aaaaaaaa 7"], await Alerts(client, "kind=alert&last=10"));
        Assert.Equal((string[])["bbbbbbbb 1", "aaaaaaaa 7"], await Alerts(client, "kind=alert&since=1h"));
        Assert.Equal((string[])["aaaaaaaa 7"], await Alerts(client, "kind=alert&last=1"));
        Assert.Equal((string[])["aaaaaaaa 7"], await Alerts(client, "kind=alert&last=10&severity=medium"));
        Assert.Equal((string[])[], await Alerts(client, "kind=alert&last=10&detection=dns.hijack.*"));
        Assert.Equal((string[])["aaaaaaaa 1", "bbbbbbbb 1", "aaaaaaaa 7"], await Alerts(client, "kind=alert,loss&last=10"));
        Assert.Contains("\"alert_id\":\"aaaaaaaa\",\"detection\":\"dns.answer.conflict\"", await client.GetStringAsync("http://agent/v1/alerts/aaaaaaaa"), StringComparison.Ordinal);
        Assert.Contains("\"count\":7,", await client.GetStringAsync("http://agent/v1/alerts/aaaaaaaa"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Followed_alerts_are_told_every_time()
    {
        Publish(Found("aaaaaaaa", 1, AlertSeverity.High));
        using var client = Client();
        await using var body = await client.GetStreamAsync("http://agent/v1/events?kind=alert&last=10&follow=true");
        using var reader = new StreamReader(body);
        Assert.Contains("\"count\":1,", await reader.ReadLineAsync(), StringComparison.Ordinal);

        Publish(Found("aaaaaaaa", 9, AlertSeverity.High));

        Assert.Contains("\"count\":9,", await reader.ReadLineAsync(), StringComparison.Ordinal);
    }

    private static async Task<string[]> Alerts(HttpClient client, string query) =>
        [.. (await client.GetStringAsync("http://agent/v1/events?role=all&" + query)).Split('\n', StringSplitOptions.RemoveEmptyEntries)
            .Select(static line => Output.EventRowReader.Read(System.Text.Encoding.UTF8.GetBytes(line))).Select(static row => $"{row.AlertId} {row.FindingCount}")];

    private Alert Found(string id, long count, AlertSeverity severity)
    {
        var sample = Filters.SampleEvents.Found();
        return new()
        {
            TimeNs = _startNs + count, Id = id, Detection = sample.Detection, Severity = severity, Confidence = 75, Summary = sample.Summary, About = sample.About, Identity = sample.Identity,
            Server = sample.Server, Source = sample.Source, Evidence = sample.Evidence, Count = count, FirstNs = _startNs, Mute = sample.Mute,
        };
    }

    private void Publish(Alert alert)
    {
        _history.Publish(alert);
        _feed.Publish(alert);
    }

    [Fact]
    public void Socket_is_for_its_owner_only() =>
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(Socket));

    [Fact]
    public async Task Second_agent_on_the_socket_is_refused_and_the_first_goes_on()
    {
        var refused = Assert.Throws<CliException>(() => SocketClaim.Take(Socket));

        Assert.Equal(ExitCode.Failed, refused.ExitCode);
        Assert.Contains("another agent is running", refused.Message, StringComparison.Ordinal);
        using var client = Client();
        Assert.Equal("ok\n", await client.GetStringAsync("http://agent/healthz"));
    }

    [Fact]
    public async Task Socket_that_a_dead_agent_left_is_replaced()
    {
        var config = _config with { Api = new ApiConfig { Socket = Path.Combine(_directory, "stale.sock") } };
        using (var dead = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified))
        {
            // Under another name, since disposing removes what was bound, which a killed agent does not.
            dead.Bind(new UnixDomainSocketEndPoint(config.Api.Socket + ".tmp"));
            File.Move(config.Api.Socket + ".tmp", config.Api.Socket);
        }

        Assert.True(File.Exists(config.Api.Socket));
        await using var server = await Start(config);
        using var client = Client(config.Api.Socket);

        Assert.Equal("ok\n", await client.GetStringAsync("http://agent/healthz"));
    }

    [Fact]
    public void File_that_is_no_socket_is_left_alone()
    {
        var path = Path.Combine(_directory, "precious");
        File.WriteAllText(path, "data");

        var refused = Assert.Throws<CliException>(() => SocketClaim.Take(path));

        Assert.Contains("is no socket", refused.Message, StringComparison.Ordinal);
        Assert.Equal("data", File.ReadAllText(path));
    }

    [Fact]
    public async Task Taken_address_is_refused_by_its_name_and_the_socket_is_released()
    {
        using var taken = new TcpListener(IPAddress.Loopback, 0);
        taken.Start();
        var config = _config with { Api = new ApiConfig { Socket = Path.Combine(_directory, "other.sock"), Listen = (IPEndPoint)taken.LocalEndpoint } };

        var refused = await Assert.ThrowsAsync<CliException>(() => Start(config));

        Assert.Equal(ExitCode.Failed, refused.ExitCode);
        Assert.StartsWith($"{taken.LocalEndpoint}: the address is in use", refused.Message, StringComparison.Ordinal);
        SocketClaim.Take(config.Api.Socket).Dispose();
    }

    [Fact]
    public async Task Name_that_a_web_page_could_point_here_is_refused_on_tcp()
    {
        using var free = new TcpListener(IPAddress.Loopback, 0);
        free.Start();
        var address = (IPEndPoint)free.LocalEndpoint;
        free.Stop();
        await using var server = await Start(_config with { Api = new ApiConfig { Socket = Path.Combine(_directory, "tcp.sock"), Listen = address } });
        using var client = new HttpClient();

        async Task<HttpStatusCode> Ask(string path, string host)
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, $"http://{address}{path}");
            request.Headers.Host = host;
            using var response = await client.SendAsync(request);
            return response.StatusCode;
        }

        Assert.Equal(HttpStatusCode.MisdirectedRequest, await Ask("/v1/events?last=1", "evil.example"));
        Assert.Equal(HttpStatusCode.MisdirectedRequest, await Ask("/v1/status", "evil.example"));
        Assert.Equal(HttpStatusCode.OK, await Ask("/v1/status", address.ToString()));
        Assert.Equal(HttpStatusCode.OK, await Ask("/v1/status", "localhost"));
        Assert.Equal(HttpStatusCode.OK, await Ask("/metrics", "eider.monitoring.svc"));
    }

    [Fact]
    public async Task Response_is_lifted_over_the_socket_alone_and_only_one_that_is_in_force()
    {
        using var free = new TcpListener(IPAddress.Loopback, 0);
        free.Start();
        var address = (IPEndPoint)free.LocalEndpoint;
        free.Stop();
        await using var server = await Start(_config with { Api = new ApiConfig { Socket = Path.Combine(_directory, "lift.sock"), Listen = address } });
        using var local = Client(Path.Combine(_directory, "lift.sock"));
        using var remote = new HttpClient();

        Assert.Equal(HttpStatusCode.Forbidden, (await remote.DeleteAsync($"http://{address}/v1/responses/k3x81yq2")).StatusCode);
        using var unknown = await local.DeleteAsync("http://agent/v1/responses/k3x81yq2");
        Assert.Equal(HttpStatusCode.NotFound, unknown.StatusCode);
        Assert.Contains("no response", await unknown.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.MethodNotAllowed, (await local.DeleteAsync("http://agent/v1/events")).StatusCode);
        Assert.Equal("", await local.GetStringAsync("http://agent/v1/responses"));
    }

    [Fact]
    public async Task Without_history_only_live_events_are_served()
    {
        var config = _config with { Api = new ApiConfig { Socket = Path.Combine(_directory, "live.sock") } };
        await using var server = await ApiServer.StartAsync(config.Api, new ApiRoutes(Status, new EventStream(_feed, null, config), new ResponseRoutes(null, config.Node)), SocketClaim.Take(config.Api.Socket), _logged.Add);
        using var client = Client(config.Api.Socket);

        using var response = await client.GetAsync("http://agent/v1/events?last=5");

        Assert.Equal(HttpStatusCode.Conflict, response.StatusCode);
        Assert.Contains("history is off", await response.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    /// <summary>As the agent does: the history first.</summary>
    private void Publish(int number)
    {
        var published = new DnsEvent
        {
            TimeNs = _startNs + number, EventKind = EventKind.Transaction, Role = Role.Client, Transport = Transport.Udp,
            Client = Filters.SampleEvents.At("192.0.2.1", 40000), Server = Filters.SampleEvents.At("192.0.2.53", 53), Name = NameOf(number),
        };
        _history.Publish(published);
        _feed.Publish(published);
    }

    private static string NameOf(int number) => $"n{number}.example";

    private static string EventRowName(string line) => Output.EventRowReader.Read(System.Text.Encoding.UTF8.GetBytes(line)).Name ?? line;

    private static Task<Eider.Status.AgentStatus> Status(TimeSpan measure, CancellationToken cancellation) => Task.FromResult(StatusFormatTests.Sample);

    private Task<ApiServer> Start(EiderConfig config) =>
        ApiServer.StartAsync(config.Api, new ApiRoutes(Status, new EventStream(_feed, _history, config), new ResponseRoutes(null, config.Node)), SocketClaim.Take(config.Api.Socket), _logged.Add);

    private HttpClient Client(string? socket = null) => new(new SocketsHttpHandler
    {
        ConnectCallback = async (_, cancellation) =>
        {
            var connection = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
            await connection.ConnectAsync(new UnixDomainSocketEndPoint(socket ?? Socket), cancellation);
            return new NetworkStream(connection, ownsSocket: true);
        },
    });
}
