// Lists brought from files and servers to the store: what is taken, what is refused, and what stays in force then.

using System.Security.Cryptography;
using Eider.Core.Lists;
using Eider.Core.Policy;
using Microsoft.AspNetCore.Http;
using Xunit;

namespace Eider.Tests.Lists;

public sealed class ListFetcherTests : IDisposable
{
    private readonly ListFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task List_from_a_server_is_kept_with_what_is_known_of_it()
    {
        await using var server = await ListServer.StartAsync(context =>
        {
            context.Response.Headers.ETag = "\"v1\"";
            context.Response.Headers.LastModified = "Sat, 31 Jan 2026 10:00:00 GMT";
            return context.Response.WriteAsync("a.example\nb.example\nnot a name\n*.c.example\nd.example\n");
        });
        var spec = ListFolder.FromUrl(server.Url);

        var fetch = await _folder.Fetcher.FetchAsync(spec);

        Assert.Equal("list test: 4 names", fetch.ToString());
        Assert.Equal(fetch.Stored, _folder.Store.Find("test"), InfoEquality);
        Assert.Equal((server.Url.ToString(), ListFormat.Domains, 4, "\"v1\"", "Sat, 31 Jan 2026 10:00:00 GMT", ListFolder.Start),
            (fetch.Stored!.Source, fetch.Stored.Format, fetch.Stored.Names, fetch.Stored.ETag, fetch.Stored.LastModified, fetch.Stored.Fetched));
        Assert.Equal(1, fetch.Stored.Skipped["NotInFormat"]);
        Assert.Equal(["a.example", "b.example", "c.example", "d.example"], _folder.Names(spec));
    }

    [Fact]
    public async Task Unchanged_list_is_not_sent_again()
    {
        await using var server = await ListServer.StartAsync(context =>
        {
            context.Response.Headers.ETag = "W/\"v1\"";
            context.Response.Headers.LastModified = "Sat, 31 Jan 2026 10:00:00 GMT";
            if (context.Request.Headers.IfNoneMatch == "W/\"v1\"")
            {
                context.Response.StatusCode = StatusCodes.Status304NotModified;
                return Task.CompletedTask;
            }

            return context.Response.WriteAsync("a.example\n");
        });
        var spec = ListFolder.FromUrl(server.Url);
        await _folder.Fetcher.FetchAsync(spec);
        _folder.Time.Advance(TimeSpan.FromHours(6));

        var fetch = await _folder.Fetcher.FetchAsync(spec);

        Assert.Equal("list test: unchanged, 1 names", fetch.ToString());
        Assert.Equal((ListFolder.Start, ListFolder.Start.AddHours(6)), (_folder.Store.Find("test")!.Fetched, _folder.Store.Find("test")!.Checked));
        Assert.Equal(["/list.txt etag= since= accept=gzip", "/list.txt etag=W/\"v1\" since=Sat, 31 Jan 2026 10:00:00 GMT accept=gzip"], server.Requests);
    }

    [Fact]
    public async Task Same_content_without_an_ETag_is_no_new_version()
    {
        await using var server = await ListServer.StartAsync("a.example\n");
        await _folder.Fetcher.FetchAsync(ListFolder.FromUrl(server.Url));

        Assert.Equal(FetchOutcome.Unchanged, (await _folder.Fetcher.FetchAsync(ListFolder.FromUrl(server.Url))).Outcome);
    }

    [Fact]
    public async Task Another_address_or_format_is_asked_without_the_old_ETag()
    {
        await using var server = await ListServer.StartAsync(context =>
        {
            context.Response.Headers.ETag = "\"v1\"";
            return context.Response.WriteAsync("a.example\n");
        });
        var spec = ListFolder.FromUrl(server.Url);
        await _folder.Fetcher.FetchAsync(spec);
        await _folder.Fetcher.FetchAsync(spec with { Source = new UrlListSource(new Uri(server.Url, "other.txt"), null) });
        await _folder.Fetcher.FetchAsync(spec with { Source = new UrlListSource(new Uri(server.Url, "other.txt"), null), Format = ListFormat.Adblock });

        Assert.All(server.Requests, request => Assert.Contains(" etag= ", request));
    }

    [Fact]
    public async Task Compressed_answer_is_read()
    {
        var packed = FormatDetectionTests.Gzip("a.example\nb.example\n"u8.ToArray());
        await using var server = await ListServer.StartAsync(context =>
        {
            context.Response.Headers.ContentEncoding = "gzip";
            return context.Response.Body.WriteAsync(packed).AsTask();
        });
        var spec = ListFolder.FromUrl(server.Url);

        Assert.Equal("list test: 2 names", (await _folder.Fetcher.FetchAsync(spec)).ToString());
        Assert.Equal(["a.example", "b.example"], _folder.Names(spec));
    }

    [Fact]
    public async Task Content_other_than_the_checksum_names_is_refused()
    {
        await using var server = await ListServer.StartAsync("a.example\n");
        var right = Convert.ToHexStringLower(SHA256.HashData("a.example\n"u8));

        var fetch = await _folder.Fetcher.FetchAsync(ListFolder.FromUrl(server.Url, new string('0', 64)));
        Assert.Equal(ListFault.WrongContent, fetch.Error!.Fault);
        Assert.Contains($"its SHA-256 is {right}, not 000", fetch.Error.Message);
        Assert.Null(_folder.Store.Find("test"));

        Assert.Equal(FetchOutcome.Updated, (await _folder.Fetcher.FetchAsync(ListFolder.FromUrl(server.Url, right))).Outcome);
        Assert.EndsWith("accept=", server.Requests[0]);
    }

    [Fact]
    public async Task Redirect_is_followed_and_a_circle_is_not()
    {
        await using var server = await ListServer.StartAsync(context =>
        {
            if (context.Request.Path == "/new.txt")
            {
                return context.Response.WriteAsync("a.example\n");
            }

            context.Response.Redirect(context.Request.Path == "/list.txt" ? "/new.txt" : "/circle.txt");
            return Task.CompletedTask;
        });

        Assert.Equal(FetchOutcome.Updated, (await _folder.Fetcher.FetchAsync(ListFolder.FromUrl(server.Url))).Outcome);

        server.Requests.Clear();
        var fetch = await _folder.Fetcher.FetchAsync(ListFolder.FromUrl(new Uri(server.Url, "circle.txt")));
        Assert.Equal(ListFault.Unreachable, fetch.Error!.Fault);
        Assert.Contains("circle.txt: redirects more than 5 times", fetch.Error.Message);
        Assert.Equal(6, server.Requests.Count);
        Assert.Equal(["a.example"], _folder.Names(ListFolder.FromUrl(server.Url)));
    }

    [Fact]
    public async Task Redirect_to_a_file_is_not_followed()
    {
        await using var server = await ListServer.StartAsync(context =>
        {
            context.Response.StatusCode = StatusCodes.Status302Found;
            context.Response.Headers.Location = "file:///etc/passwd";
            return Task.CompletedTask;
        });

        Assert.Equal(ListFault.Unreachable, (await _folder.Fetcher.FetchAsync(ListFolder.FromUrl(server.Url))).Error!.Fault);
    }

    [Fact]
    public async Task Last_good_copy_stays_in_force_when_the_source_fails()
    {
        Func<HttpContext, Task> answer = context => context.Response.WriteAsync("a.example\nb.example\n");
        await using var server = await ListServer.StartAsync(context => answer(context));
        var spec = ListFolder.FromUrl(server.Url);
        await _folder.Fetcher.FetchAsync(spec);
        var good = _folder.Files();

        async Task Fails(Func<HttpContext, Task> with, ListFault fault, string message)
        {
            answer = with;
            var fetch = await _folder.Fetcher.FetchAsync(spec);
            Assert.Equal((FetchOutcome.Failed, fault), (fetch.Outcome, fetch.Error!.Fault));
            Assert.Contains(message, fetch.ToString());
            Assert.EndsWith("; the copy of 2026-01-31 12:00Z with 2 names stays in force", fetch.ToString());
            Assert.Equal(["a.example", "b.example"], _folder.Names(spec));
            Assert.Equal(good, _folder.Files());
        }

        await Fails(Status(404), ListFault.Unreachable, "/list.txt: answered 404 NotFound; check the address, the list may have moved");
        await Fails(Status(403), ListFault.Unreachable, "may want a login");
        await Fails(Status(503), ListFault.Unreachable, "busy or has a fault");
        await Fails(Status(204), ListFault.Unreachable, "answered 204 NoContent");
        await Fails(Body(""), ListFault.Empty, "holds no names (0 lines, read as domains)");
        await Fails(Body("# nothing\n"), ListFault.Empty, "holds no names");
        await Fails(Body("<!DOCTYPE html><p>Please log in"), ListFault.WebPage, "list test: this is a web page");
        await Fails(Body("a.example\n\0\n"), ListFault.Binary, "binary data");
        await Fails(Body("some prose\nof no use\n"), ListFault.FormatUnknown, "2 like no format");
        await Fails(Truncated, ListFault.Unreachable, "ended before the list did");
        await Fails(context => context.Response.Body.WriteAsync(FormatDetectionTests.Gzip("a.example\n"u8.ToArray()).AsMemory(..^4)).AsTask(), ListFault.Truncated, "its gzip data ends");
        await Fails(context =>
        {
            context.Response.Headers.ContentEncoding = "br";
            return context.Response.WriteAsync("a.example\n");
        }, ListFault.Unreachable, "an encoding that was not asked for (br)");
        await Fails(context =>
        {
            context.Abort();
            return Task.CompletedTask;
        }, ListFault.Unreachable, "cannot be fetched");
    }

    [Fact]
    public async Task List_larger_than_its_limit_is_given_up_while_it_comes()
    {
        var sent = 0;
        await using var server = await ListServer.StartAsync(async context =>
        {
            var chunk = new byte[100_000];
            Array.Fill(chunk, (byte)'a');
            for (; sent < 10_000 && !context.RequestAborted.IsCancellationRequested; sent++)
            {
                await context.Response.Body.WriteAsync(chunk, context.RequestAborted);
            }
        });

        var fetch = await _folder.Fetcher.FetchAsync(ListFolder.FromUrl(server.Url) with { MaxSize = 1 << 20 });

        Assert.Equal(ListFault.TooLarge, fetch.Error!.Fault);
        Assert.EndsWith("/list.txt: is larger than 1MiB; set maxSize higher, or use a smaller list; there is no earlier copy, so the list is empty", fetch.ToString());
        Assert.Empty(_folder.Files());
        Assert.True(sent < 10_000, "the whole list was sent");
    }

    [Fact]
    public async Task Server_that_falls_silent_is_given_up()
    {
        foreach (var silentFrom in new[] { 0, 1 })
        {
            await using var server = await ListServer.StartAsync(async context =>
            {
                if (silentFrom > 0)
                {
                    await SendAndWait(context, "a.example\n", 10);
                }

                while (!context.RequestAborted.IsCancellationRequested)
                {
                    _folder.Time.Advance(TimeSpan.FromSeconds(30));
                    await Task.Yield();
                }
            });

            var fetch = await _folder.Fetcher.FetchAsync(ListFolder.FromUrl(server.Url));

            Assert.Contains(silentFrom == 0 ? "gave no answer for 30 s" : "sent nothing for 30 s", fetch.Error!.Message);
        }
    }

    [Fact]
    public async Task Server_that_drips_is_given_up_in_the_end()
    {
        await using var server = await ListServer.StartAsync(async context =>
        {
            for (var sent = 10; !context.RequestAborted.IsCancellationRequested; sent += 10)
            {
                await SendAndWait(context, "a.example\n", sent);
                _folder.Time.Advance(TimeSpan.FromSeconds(20));
            }
        });

        var fetch = await _folder.Fetcher.FetchAsync(ListFolder.FromUrl(server.Url));

        Assert.Contains("was not done after 10 min", fetch.Error!.Message);
    }

    [Fact]
    public async Task Server_that_is_not_there_is_named_without_its_password()
    {
        var fetch = await _folder.Fetcher.FetchAsync(ListFolder.FromUrl(new Uri("http://user:secret@127.0.0.1:1/list.txt")));

        Assert.StartsWith("list test: http://127.0.0.1:1/list.txt: cannot be fetched (Connection refused", fetch.ToString());
        Assert.DoesNotContain("secret", fetch.ToString());
    }

    [Fact]
    public async Task Cancelled_fetch_leaves_nothing_behind()
    {
        using var cancel = new CancellationTokenSource();
        await using var server = await ListServer.StartAsync(async context =>
        {
            await context.Response.WriteAsync("a.example\n");
            await context.Response.Body.FlushAsync();
            cancel.Cancel();
            await Task.Delay(Timeout.Infinite, context.RequestAborted).ContinueWith(_ => { }, TaskScheduler.Default);
        });

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => _folder.Fetcher.FetchAsync(ListFolder.FromUrl(server.Url), cancellation: cancel.Token));
        Assert.True(!Directory.Exists(_folder.Store.Folder) || _folder.Files().Length == 0);
    }

    [Fact]
    public async Task New_version_with_less_than_half_the_names_is_taken_with_a_warning()
    {
        await _folder.Fetcher.FetchAsync(_folder.FromFile(string.Concat(Enumerable.Range(0, 1000).Select(number => $"n{number}.example\n"))));

        var fetch = await _folder.Fetcher.FetchAsync(_folder.FromFile("a.example\n"));

        Assert.Equal("list test: 1 names; it had 1,000 before; see whether its source is whole", fetch.ToString());
        Assert.Equal(["a.example"], _folder.Names(_folder.FromFile("a.example\n")));
    }

    [Fact]
    public async Task List_of_mostly_refused_lines_is_taken_with_a_warning()
    {
        var fetch = await _folder.Fetcher.FetchAsync(_folder.FromFile("a.example\n0.0.0.0 b.example\n0.0.0.0 c.example\n") with { Format = ListFormat.Domains });

        Assert.Equal("list test: 1 names; 2 lines refused, most of them as not a line of this format; is it really in the domains format?", fetch.ToString());
    }

    [Fact]
    public async Task Progress_tells_octets_and_names_up_to_the_whole()
    {
        var text = string.Concat(Enumerable.Range(0, 100_000).Select(number => $"n{number}.example\n"));
        var told = new List<ListProgress>();

        await _folder.Fetcher.FetchAsync(_folder.FromFile(text), told.Add);

        Assert.Contains(told, progress => progress.Stage == ListStage.Fetching && progress.TotalOctets == text.Length);
        Assert.Equal(new ListProgress("test", ListStage.Reading, text.Length, text.Length, 100_000), told[^1]);
        Assert.Equal(told.OrderBy(progress => progress.Stage).ThenBy(progress => progress.Octets), told);
    }

    [Fact]
    public async Task File_that_is_missing_is_named()
    {
        var spec = _folder.FromFile("a.example\n");
        File.Delete(((FileListSource)spec.Source).Path);

        Assert.EndsWith("test.txt: no such file; check the path; there is no earlier copy, so the list is empty", (await _folder.Fetcher.FetchAsync(spec)).ToString());
    }

    private static Func<HttpContext, Task> Status(int code) => context =>
    {
        context.Response.StatusCode = code;
        return Task.CompletedTask;
    };

    private static Func<HttpContext, Task> Body(string body) => context => context.Response.WriteAsync(body);

    private async Task Truncated(HttpContext context)
    {
        context.Response.ContentLength = 1000;
        await SendAndWait(context, "a.example\n", 10);
        context.Abort();
    }

    /// <summary>Sends, and waits until the fetcher has written <paramref name="octets"/> in all.</summary>
    private async Task SendAndWait(HttpContext context, string text, int octets)
    {
        await context.Response.WriteAsync(text);
        await context.Response.Body.FlushAsync();
        while (!context.RequestAborted.IsCancellationRequested && !_folder.Drafts.Any(draft => draft.Length >= octets))
        {
            await Task.Yield();
        }
    }

    private static bool InfoEquality(StoredList? a, StoredList? b) => a is not null && b is not null && a with { Skipped = b.Skipped } == b && a.Skipped.SequenceEqual(b.Skipped);
}
