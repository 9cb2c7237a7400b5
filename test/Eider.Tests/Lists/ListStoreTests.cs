// The last good copies on disk: whole whatever happens.

using Eider.Core.Lists;
using Eider.Core.Policy;
using Xunit;

namespace Eider.Tests.Lists;

public sealed class ListStoreTests : IDisposable
{
    private readonly ListFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Process_killed_before_or_after_any_rename_leaves_the_last_good_copy()
    {
        var spec = _folder.FromFile("a.example\n");
        await _folder.Fetcher.FetchAsync(spec);
        var path = Path.Combine(_folder.Store.Folder, "test");

        // While the new copy was being written.
        var draft = _folder.Store.Begin("test");
        draft.Write("b.exa"u8);
        Assert.Equal(["a.example"], _folder.Names(spec));

        // When it was written.
        draft.Finish();
        Assert.Equal(["a.example"], _folder.Names(spec));

        // When it had its name, but nothing named it.
        File.Move(draft.Path, Path.Combine(path, "0123456789abcdef.list"));
        File.WriteAllText(Path.Combine(path, "x.draft"), "half");
        Assert.Equal(["a.example"], _folder.Names(spec));

        // The next good copy takes away what was left; a draft only when nobody can be at it any more.
        spec = _folder.FromFile("c.example\n");
        await _folder.Fetcher.FetchAsync(spec);
        Assert.Equal(["c.example"], _folder.Names(spec));
        Assert.Equal(["list.json", "x.draft"], _folder.Files().Where(file => !file.EndsWith(".list")));
        Assert.Single(_folder.Files(), file => file.EndsWith(".list"));

        File.SetLastWriteTimeUtc(Path.Combine(path, "x.draft"), ListFolder.Start.UtcDateTime.AddHours(-2));
        await _folder.Fetcher.FetchAsync(_folder.FromFile("d.example\n"));
        Assert.DoesNotContain("x.draft", _folder.Files());
    }

    [Theory]
    [InlineData("")]
    [InlineData("{")]
    [InlineData("null")]
    [InlineData("{}")]
    [InlineData("[1]")]
    public async Task Damaged_description_means_no_copy_and_is_mended_by_the_next_fetch(string json)
    {
        var spec = _folder.FromFile("a.example\n");
        await _folder.Fetcher.FetchAsync(spec);
        File.WriteAllText(Path.Combine(_folder.Store.Folder, "test", "list.json"), json);

        Assert.Null(_folder.Store.Find("test"));
        Assert.Equal(["list test: there is no copy of it yet; see whether its source can be reached"], _folder.Names(spec));
        Assert.Equal(FetchOutcome.Updated, (await _folder.Fetcher.FetchAsync(spec)).Outcome);
        Assert.Equal(["a.example"], _folder.Names(spec));
    }

    [Theory]
    [InlineData("../../etc/passwd")]
    [InlineData("/etc/passwd")]
    public async Task Description_that_names_a_file_elsewhere_is_not_followed(string file)
    {
        await _folder.Fetcher.FetchAsync(_folder.FromFile("a.example\n"));
        var json = Path.Combine(_folder.Store.Folder, "test", "list.json");
        File.WriteAllText(json, File.ReadAllText(json).Replace(_folder.Store.Find("test")!.File, file));

        Assert.Null(_folder.Store.Find("test"));
    }

    [Fact]
    public async Task Copy_that_was_cut_off_means_no_copy()
    {
        await _folder.Fetcher.FetchAsync(_folder.FromFile("a.example\nb.example\n"));
        File.WriteAllText(_folder.Store.PathOf(_folder.Store.Find("test")!), "a.example\n");

        Assert.Null(_folder.Store.Find("test"));
    }

    [Fact]
    public async Task Lists_are_told_by_name_and_forgotten()
    {
        await _folder.Fetcher.FetchAsync(_folder.FromFile("a.example\n", "second"));
        await _folder.Fetcher.FetchAsync(_folder.FromFile("b.example\n", "first"));
        Assert.Equal(["first", "second"], _folder.Store.All.Select(list => list.Name));

        Assert.True(_folder.Store.Remove("first"));
        Assert.False(_folder.Store.Remove("first"));
        Assert.Equal(["second"], _folder.Store.All.Select(list => list.Name));
    }

    [Theory]
    [InlineData("..")]
    [InlineData("")]
    [InlineData("a/b")]
    [InlineData(".hidden")]
    public void Name_that_leads_out_of_the_folder_is_refused(string name)
    {
        Assert.Null(_folder.Store.Find(name));
        Assert.Throws<ArgumentException>(() => _folder.Store.Remove(name));
    }

    [Fact]
    public async Task Folder_that_cannot_be_written_fails_the_fetch_with_its_place()
    {
        File.WriteAllText(_folder.Store.Folder, "a file in its place");

        var fetch = await _folder.Fetcher.FetchAsync(_folder.FromFile("a.example\n"));

        Assert.Equal(ListFault.NotStored, fetch.Error!.Fault);
        Assert.StartsWith($"list test: {_folder.Store.Folder}: cannot be written (", fetch.Error.Message);
    }

    [Fact]
    public async Task Reader_keeps_the_version_that_it_opened()
    {
        var spec = _folder.FromFile("a.example\nb.example\n");
        await _folder.Fetcher.FetchAsync(spec);
        Assert.True(_folder.Store.TryOpen(spec, out var reader, out _));
        using (reader)
        {
            await _folder.Fetcher.FetchAsync(_folder.FromFile("c.example\n"));

            Assert.True(reader.TryRead(out _) && reader.TryRead(out _));
            Assert.False(reader.TryRead(out _));
            Assert.Null(reader.Error);
        }
    }

    [Fact]
    public void Entries_that_cover_a_name_are_found_with_their_lines()
    {
        var text = "a.example\n*.b.example\nx.b.example\nbb.example\nexample.com\n"u8.ToArray();
        Assert.True(DomainListReader.TryOpen(new MemoryStream(text), "list test", ListFormat.Auto, ListMatch.Exact, out var reader, out _));
        using (reader)
        {
            Assert.Equal([("b.example", NameMatch.Below, 2), ("x.b.example", NameMatch.Exact, 3)], ListSearch.Find(reader, "test", "X.B.Example.").Select(hit => (hit.Entry, hit.Match, hit.Line)));
        }
    }

    [Fact]
    public async Task Name_is_looked_for_in_every_list_as_that_list_is_read()
    {
        await _folder.Fetcher.FetchAsync(_folder.FromFile("b.example\na.example\n", "exact") with { Match = ListMatch.Exact });
        await _folder.Fetcher.FetchAsync(_folder.FromFile("@@||x.a.example^\n||a.example^$important\n", "rules"));
        await _folder.Fetcher.FetchAsync(_folder.FromFile("c.example\n", "other"));
        var errors = new List<ListError>();

        Assert.Equal(["rules:1 Allow", "rules:2 Block"], ListSearch.Find(_folder.Store, "x.a.example", errors).Select(hit => $"{hit.List}:{hit.Line} {hit.Action}"));
        Assert.Equal(["exact:2", "rules:2"], ListSearch.Find(_folder.Store, "A.EXAMPLE.", errors).Select(hit => $"{hit.List}:{hit.Line}"));
        Assert.Empty(ListSearch.Find(_folder.Store, "no name", errors));
        Assert.Empty(errors);
    }

    [Fact]
    public async Task Change_of_match_is_known_though_the_file_is_the_same()
    {
        var spec = _folder.FromFile("a.example\n");
        await _folder.Fetcher.FetchAsync(spec);

        Assert.Equal(FetchOutcome.Updated, (await _folder.Fetcher.FetchAsync(spec with { Match = ListMatch.Exact })).Outcome);
        Assert.Equal(ListMatch.Exact, _folder.Store.Find("test")!.Match);
    }

    [Theory]
    [InlineData("a.example", NameMatch.Both, "a.example", true)]
    [InlineData("a.example", NameMatch.Both, "x.a.example", true)]
    [InlineData("a.example", NameMatch.Exact, "x.a.example", false)]
    [InlineData("a.example", NameMatch.Below, "a.example", false)]
    [InlineData("a.example", NameMatch.Both, "xa.example", false)]
    [InlineData("x.a.example", NameMatch.Both, "a.example", false)]
    public void Entry_covers_its_name_and_what_is_below_it_as_its_match_says(string entry, NameMatch match, string name, bool covers) =>
        Assert.Equal(covers, new ListEntry(System.Text.Encoding.ASCII.GetBytes(entry), new EntryTerms(match), 1).Covers(System.Text.Encoding.ASCII.GetBytes(name)));

    [Fact]
    public async Task Turn_of_another_process_is_waited_for()
    {
        await _folder.Fetcher.FetchAsync(_folder.FromFile("a.example\n"));
        using var other = Lock();
        var looks = 0;
        var store = new ListStore(_folder.Store.Folder, new TellingTime(() =>
        {
            if (++looks == 3)
            {
                other.Dispose();
            }

            return TimeSpan.Zero;
        }));

        store.Update(store.Find("test")! with { ETag = "new" });

        Assert.Equal("new", store.Find("test")!.ETag);
        Assert.True(looks >= 3);
    }

    [Fact]
    public async Task Turn_that_never_ends_is_told_with_the_file_and_the_list()
    {
        await _folder.Fetcher.FetchAsync(_folder.FromFile("a.example\n"));
        using var other = Lock();
        var now = TimeSpan.Zero;
        var store = new ListStore(_folder.Store.Folder, new TellingTime(() => now += TimeSpan.FromSeconds(6)));

        var failure = Assert.Throws<ListStoreException>(() => store.Update(store.Find("test")!));

        Assert.Contains($"{Path.Combine(_folder.Store.Folder, "test", "lock")}: another process has been writing list test for 10 s", failure.Message, StringComparison.Ordinal);
    }

    private FileStream Lock() => new(Path.Combine(_folder.Store.Folder, "test", "lock"), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);

    /// <param name="now">Asked at each look at the clock.</param>
    private sealed class TellingTime(Func<TimeSpan> now) : TimeProvider
    {
        public override long TimestampFrequency => TimeSpan.TicksPerSecond;

        public override long GetTimestamp() => now().Ticks;
    }
}
