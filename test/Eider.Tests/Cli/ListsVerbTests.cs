using System.Text.Json;
using Eider.Cli;
using Xunit;

namespace Eider.Tests.Cli;

public sealed class ListsVerbTests : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("eider-lists-").FullName;

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    private string Folder => Path.Combine(_directory, "store");

    [Fact]
    public async Task Import_reports_names_and_what_was_refused_and_why()
    {
        var run = await Add("ads", "ads.example\n# why\n\nhttp://x.example/\n192.0.2.1\nzip\n", "--format", "domains");

        Assert.Equal((ExitCode.Ok, ""), (run.ExitCode, run.Error));
        Assert.StartsWith("ads: 2 names (0 exceptions) as domains, 51 B\n", run.Output, StringComparison.Ordinal);
        Assert.Contains("1 single labels, each a whole top-level domain: line 6: zip", run.Output, StringComparison.Ordinal);
        Assert.Contains("6 lines, 2 of them blank or comments", run.Output, StringComparison.Ordinal);
        Assert.Contains("Refused, 2\n", run.Output, StringComparison.Ordinal);
        Assert.Contains("line 4: http://x.example/\n", run.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task List_that_cannot_be_used_changes_nothing()
    {
        await Add("ads", "ads.example\nmore.example\n");

        var run = await Add("ads", "\0\u0001\u0002");

        Assert.Equal(ExitCode.BadInput, run.ExitCode);
        Assert.Contains("list ads: ", run.Error, StringComparison.Ordinal);
        Assert.Contains("with 2 names stays", run.Error, StringComparison.Ordinal);
        Assert.Contains("listed in ads, line 1", (await Lists("check", "ads.example")).Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task List_that_was_never_there_says_that_nothing_was_imported()
    {
        var run = await Lists("add", "ads", "--file", Path.Combine(_directory, "none.txt"));

        Assert.Equal(ExitCode.BadInput, run.ExitCode);
        Assert.Contains("no such file; check the path; nothing was imported", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Name_is_found_with_list_entry_and_line_whatever_its_case()
    {
        await Add("ads", "||ads.example^\n@@||good.ads.example^\n");
        await Add("exact", "ads.example\nother.example\n", "--match", "exact", "--format", "domains");

        var run = await Lists("check", "X.Good.ADS.example.", "ads.example", "example");

        Assert.Equal(
            """
            X.Good.ADS.example.: listed in ads, line 1: ads.example and everything below
            X.Good.ADS.example.: an exception in ads, line 2: good.ads.example and everything below
            ads.example: listed in ads, line 1: ads.example and everything below
            ads.example: listed in exact, line 1: ads.example
            example: in none of 2 lists

            """,
            run.Output);
    }

    [Fact]
    public async Task Programs_get_the_same_as_json()
    {
        await Add("ads", "ads.example\nhttp://x.example/\nmore.example\n", "--format", "domains");

        var hit = JsonDocument.Parse((await Lists("check", "x.ads.example", "-o", "json")).Output).RootElement[0].GetProperty("hits")[0];
        var info = JsonDocument.Parse((await Lists("info", "-o", "json")).Output).RootElement[0];

        Assert.Equal(("ads", "ads.example", 1), (hit.GetProperty("list").GetString(), hit.GetProperty("entry").GetString(), hit.GetProperty("line").GetInt32()));
        Assert.Equal(("ads", "domains", 2, 1), (
            info.GetProperty("name").GetString(), info.GetProperty("format").GetString(), info.GetProperty("names").GetInt32(), info.GetProperty("skipped").GetProperty("url").GetInt32()));
    }

    [Fact]
    public async Task Lists_are_shown_counted_and_forgotten()
    {
        await Add("ads", "ads.example\nmore.example\n");
        await Add("hosts", "0.0.0.0 tracker.example\n0.0.0.0 localhost\n");

        Assert.Matches(@"ads +2  domains  subdomains", (await Lists("info")).Output);
        Assert.Contains("names    2, 0 exceptions", (await Lists("info", "ads")).Output, StringComparison.Ordinal);
        Assert.Matches(@"lists +2\nnames +3\n", (await Lists("stats")).Output);
        Assert.Equal("removed list ads\n", (await Lists("remove", "ads")).Output);
        var gone = await Lists("remove", "ads");
        Assert.Equal((ExitCode.Failed, false), (gone.ExitCode, Directory.Exists(Path.Combine(Folder, "ads"))));
        Assert.Contains("did you mean \"hosts\"?", (await Lists("info", "host")).Error, StringComparison.Ordinal);
        Assert.Matches(@"lists +1\n", (await Lists("stats")).Output);
    }

    private async Task<EiderProcess> Add(string name, string content, params string[] more)
    {
        var path = Path.Combine(_directory, $"{name}.txt");
        await File.WriteAllTextAsync(path, content);
        return await Lists(["add", name, "--file", path, .. more]);
    }

    private Task<EiderProcess> Lists(params string[] arguments) => EiderProcess.Run(["lists", .. arguments, "--lists", Folder]);
}
