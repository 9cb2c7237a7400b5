// Lists that a server publishes.

using System.Net;
using Eider.Core.Policy;

namespace Eider.Core.Lists.Sources;

/// <summary>Asks for a list only where it is newer than what is known. Thread-safe.</summary>
internal sealed class UrlSource(TimeProvider time, FetchOptions options) : IDisposable
{
    public const int MaxRedirects = 5;

    /// <summary>Of ETag and Last-Modified, which are kept.</summary>
    private const int LongestTag = 1024;

    private readonly HttpClient _http = new(new SocketsHttpHandler
    {
        AllowAutoRedirect = true,
        MaxAutomaticRedirections = MaxRedirects,
        AutomaticDecompression = DecompressionMethods.None,
        UseCookies = false,
        PooledConnectionIdleTimeout = TimeSpan.FromSeconds(10),
    })
    {
        Timeout = Timeout.InfiniteTimeSpan,
    };

    public async Task<SourceAnswer> AskAsync(string list, UrlListSource source, StoredList? known, CancellationToken cancellation)
    {
        var name = Text(source.Url);
        using var stall = new CancellationTokenSource(options.Stall, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellation, stall.Token);
        try
        {
            using var request = Request(source, known);
            var response = await _http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, either.Token).ConfigureAwait(false);
            var answer = await Read(response, name, known, either.Token).ConfigureAwait(false);
            if (answer.Content is null)
            {
                response.Dispose();
            }

            return answer.Error is null ? answer : Failed(answer.Error.Message);
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            return Failed($"gave no answer for {options.Stall.TotalSeconds:0} s; check the address and the network");
        }
        catch (Exception e) when (e is HttpRequestException or IOException or NotSupportedException or InvalidOperationException or UriFormatException)
        {
            return Failed($"cannot be fetched ({(e.InnerException ?? e).Message}); check the address and the network");
        }

        SourceAnswer Failed(string message) => new(name, Error: new ListError(ListFault.Unreachable, $"list {list}: {name}: {message}"));
    }

    /// <summary>A URL as it may be shown and kept: without user and password.</summary>
    public static string Text(Uri url) => url.GetComponents(UriComponents.AbsoluteUri & ~UriComponents.UserInfo, UriFormat.UriEscaped);

    public void Dispose() => _http.Dispose();

    private static HttpRequestMessage Request(UrlListSource source, StoredList? known)
    {
        var request = new HttpRequestMessage(HttpMethod.Get, source.Url);
        request.Headers.TryAddWithoutValidation("User-Agent", "eider");
        if (source.Sha256 is null)
        {
            // What a checksum is published for is the file itself.
            request.Headers.TryAddWithoutValidation("Accept-Encoding", "gzip");
        }

        if (known?.ETag is { } tag)
        {
            request.Headers.TryAddWithoutValidation("If-None-Match", tag);
        }

        if (known?.LastModified is { } modified)
        {
            request.Headers.TryAddWithoutValidation("If-Modified-Since", modified);
        }

        return request;
    }

    private static async Task<SourceAnswer> Read(HttpResponseMessage response, string name, StoredList? known, CancellationToken cancellation)
    {
        if (response.StatusCode == HttpStatusCode.NotModified && known is not null)
        {
            return new SourceAnswer(name);
        }

        if (response.StatusCode != HttpStatusCode.OK)
        {
            return new SourceAnswer(name, Error: new ListError(ListFault.Unreachable, Refusal(response)));
        }

        var encodings = response.Content.Headers.ContentEncoding;
        if (encodings.Any(encoding => encoding is not ("gzip" or "x-gzip" or "identity")))
        {
            return new SourceAnswer(name, Error: new ListError(ListFault.Unreachable, $"sent an encoding that was not asked for ({string.Join(", ", encodings)}); tell whoever runs the server"));
        }

        var content = await response.Content.ReadAsStreamAsync(cancellation).ConfigureAwait(false);
        return new SourceAnswer(name, content, response.Content.Headers.ContentLength, Tag(response.Headers, "ETag"), Tag(response.Content.Headers, "Last-Modified"), Owner: response);
    }

    private static string Refusal(HttpResponseMessage response) => (int)response.StatusCode switch
    {
        >= 300 and < 400 => $"redirects more than {MaxRedirects} times, in a circle, or from https to http; check the address",
        401 or 403 => $"answered {Status(response)}; the list may want a login",
        404 or 410 => $"answered {Status(response)}; check the address, the list may have moved",
        429 or >= 500 => $"answered {Status(response)}; the server is busy or has a fault",
        _ => $"answered {Status(response)}; check the address",
    };

    /// <summary>The server's own words for a status are not repeated.</summary>
    private static string Status(HttpResponseMessage response) => $"{(int)response.StatusCode} {response.StatusCode}";

    private static string? Tag(System.Net.Http.Headers.HttpHeaders headers, string name) =>
        headers.NonValidated.TryGetValues(name, out var values) && values.ToString() is { Length: > 0 and <= LongestTag } tag ? tag : null;
}
