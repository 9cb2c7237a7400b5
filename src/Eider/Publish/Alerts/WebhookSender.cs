// Alerts by HTTP: one signed POST each.

using System.Buffers;
using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Text;
using Eider.Cli;
using Eider.Core;
using Eider.Output;

namespace Eider.Publish.Alerts;

/// <summary>The body is an event as JSON (docs/events.schema.json). <c>Eider-Signature: sha256=</c> and the HMAC-SHA256, in hexadecimal, of the value of <c>Eider-Timestamp</c>, a
/// full stop and the body: who knows the secret can tell that the body is whole, ours, and not an old one sent again.</summary>
internal sealed class WebhookSender(string name, Uri url, WebhookSecret secret, string node, TimeProvider time, Action<string> log) : IAlertSender
{
    public const string TimestampHeader = "Eider-Timestamp";
    public const string SignatureHeader = "Eider-Signature";

    /// <summary>From the connection to the status of the answer.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(15);

    private readonly JsonFormat _json = new(node);
    private readonly ArrayBufferWriter<byte> _body = new(4096);
    private readonly HttpClient _http = new(new SocketsHttpHandler
    {
        // A signed alert goes where the configuration says and nowhere else.
        AllowAutoRedirect = false,
        UseCookies = false,
        MaxResponseHeadersLength = 16,
        PooledConnectionLifetime = TimeSpan.FromMinutes(5),
    })
    {
        Timeout = Timeout.InfiniteTimeSpan,
    };

    private string? _secretFault;

    public string Name => name;

    public async Task<DeliveryResult> SendAsync(Alert alert, CancellationToken cancellation)
    {
        RefreshSecret();
        using var patience = new CancellationTokenSource(Patience, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellation, patience.Token);
        try
        {
            using var request = Request(alert);
            using var response = await _http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, either.Token);
            return Read(response);
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            return new(Delivery.Away, $"gave no answer for {Patience.TotalSeconds:0} s; check the address and the server");
        }
        catch (Exception e) when (e is HttpRequestException or IOException or InvalidOperationException)
        {
            return new(Delivery.Away, $"cannot be reached ({(e.InnerException ?? e).Message}); check the address and the network");
        }
    }

    public void Dispose()
    {
        _http.Dispose();
        _json.Dispose();
    }

    /// <summary>As receivers compute it.</summary>
    internal static string Sign(ReadOnlySpan<byte> key, string timestamp, ReadOnlySpan<byte> body)
    {
        using var hash = IncrementalHash.CreateHMAC(HashAlgorithmName.SHA256, key);
        hash.AppendData(Encoding.ASCII.GetBytes(timestamp + "."));
        hash.AppendData(body);
        return $"sha256={Convert.ToHexStringLower(hash.GetHashAndReset())}";
    }

    private HttpRequestMessage Request(Alert alert)
    {
        _body.ResetWrittenCount();
        _json.Write(alert, _body);
        var body = _body.WrittenSpan.TrimEnd((byte)'\n').ToArray();
        var timestamp = time.GetUtcNow().ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture);
        var request = new HttpRequestMessage(HttpMethod.Post, url) { Content = new ByteArrayContent(body) };
        request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        request.Headers.TryAddWithoutValidation("User-Agent", $"eider/{VersionVerb.Product.Version}");
        request.Headers.TryAddWithoutValidation(TimestampHeader, timestamp);
        request.Headers.TryAddWithoutValidation(SignatureHeader, Sign(secret.Key, timestamp, body));
        return request;
    }

    /// <summary>A server's own words for a status are not repeated.</summary>
    private DeliveryResult Read(HttpResponseMessage response)
    {
        var code = (int)response.StatusCode;
        return response.StatusCode switch
        {
            _ when response.IsSuccessStatusCode => new(Delivery.Sent),
            HttpStatusCode.RequestTimeout or HttpStatusCode.TooManyRequests or (HttpStatusCode)425 or >= HttpStatusCode.InternalServerError =>
                new(Delivery.Failed, $"answered {code}; the server is busy or has a fault", WaitOf(response)),
            >= HttpStatusCode.Ambiguous and < HttpStatusCode.BadRequest => new(Delivery.Refused, $"answered {code}, which leads elsewhere; name the address that it leads to"),
            HttpStatusCode.Unauthorized or HttpStatusCode.Forbidden => new(Delivery.Refused, $"answered {code}; see whether both sides have the same secret"),
            _ => new(Delivery.Refused, $"answered {code}; check the address"),
        };
    }

    private TimeSpan? WaitOf(HttpResponseMessage response) => response.Headers.RetryAfter switch
    {
        { Delta: { } delta } => delta,
        { Date: { } date } => date - time.GetUtcNow(),
        _ => null,
    };

    private void RefreshSecret()
    {
        var fault = secret.Refresh();
        if (fault is not null && fault != _secretFault)
        {
            log($"alerts: {Name}: {fault}");
        }

        _secretFault = fault;
    }
}
