using Eider.Core;
using Eider.Core.Detect;
using Xunit;

namespace Eider.Tests.Detect;

public sealed class MuteEditorTests : IDisposable
{
    private const string Entry = "- {detection: dns.answer.ttl, name: a.example, source: 10.0.0.53}";
    private const long NowNs = 1_769_860_800_000_000_000; // 2026-01-31T12:00:00Z

    private readonly string folder = Directory.CreateTempSubdirectory("eider-mutes-").FullName;

    private string File => Path.Combine(folder, "state", "mutes.yaml");

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Theory]
    [InlineData("")]
    [InlineData("# mine\n")]
    [InlineData("# mine")]
    [InlineData("mutes:\n")]
    [InlineData("mutes: []\n")]
    [InlineData("mutes: [ ] # none\n", false)]
    [InlineData("mutes:\n- {name: b.example} # why\n# end\n")]
    [InlineData("mutes:\n    - name: b.example\n      reason: \"a - b\"\n\n    - {client: 10.0.0.1}")]
    [InlineData("mutes: [{name: b.example}]\n", false)]
    [InlineData("mutes: null\n", false)]
    [InlineData("mutes:\n  - {name: b.example}\n...\n", false)]
    public void Entry_is_added_at_the_end_and_everything_else_stays(string before, bool isAdded = true)
    {
        Write(before);
        var known = MuteFile.Load(File, out _)!.Mutes.Count;
        var added = MuteEditor.Add(File, Entry, NowNs, out var errors);

        Assert.Equal(isAdded, added is not null);
        if (added is null)
        {
            Assert.Equal(before, System.IO.File.ReadAllText(File));
            Assert.Equal($"{File}: it is written in a form that cannot be added to; add this by hand: {Entry}", Assert.Single(errors).ToString());
            return;
        }

        Assert.Equal((known + 1, true), (added.Mutes, added.IsNew));
        Assert.StartsWith(before.Replace("[]\n", "").TrimEnd('\n'), System.IO.File.ReadAllText(File), StringComparison.Ordinal);
        Assert.Equal(added.Mute, MuteFile.Load(File, out _)!.Mutes[^1]);
    }

    [Fact]
    public void File_that_is_not_there_is_made_with_its_folder_and_not_for_everybody()
    {
        Assert.NotNull(MuteEditor.Add(File, Entry, NowNs, out _));

        Assert.Equal($"mutes:\n  {Entry}\n", System.IO.File.ReadAllText(File));
        Assert.Equal(UnixFileMode.None, System.IO.File.GetUnixFileMode(File) & (UnixFileMode.OtherRead | UnixFileMode.OtherWrite | UnixFileMode.GroupWrite));
        Assert.Equal(["mutes.yaml", "mutes.yaml.lock"], Directory.GetFiles(Path.GetDirectoryName(File)!).Select(Path.GetFileName).Order());
    }

    [Fact]
    public void Broken_file_is_left_as_it_is_with_its_mistake()
    {
        Write("mutes: [{nam: x}]");

        Assert.Null(MuteEditor.Add(File, Entry, NowNs, out var errors));
        Assert.Contains("did you mean \"name\"?", errors[0].Message, StringComparison.Ordinal);
        Assert.Equal("mutes: [{nam: x}]", System.IO.File.ReadAllText(File));
    }

    [Fact]
    public void What_is_muted_already_is_not_added_again_unless_for_longer()
    {
        MuteEditor.Add(File, MuteEditor.Compose(Entry, "2026-02-10", null), NowNs, out _);

        Assert.False(MuteEditor.Add(File, MuteEditor.Compose(Entry, "2026-02-09", "again"), NowNs, out _)!.IsNew);
        Assert.True(MuteEditor.Add(File, MuteEditor.Compose(Entry, "2026-02-11", null), NowNs, out _)!.IsNew);
        Assert.True(MuteEditor.Add(File, Entry, NowNs, out _)!.IsNew);
        Assert.False(MuteEditor.Add(File, MuteEditor.Compose(Entry, "2199-01-01", null), NowNs, out _)!.IsNew);
        Assert.Equal(3, MuteFile.Load(File, out _)!.Mutes.Count);
    }

    [Fact]
    public void Expired_mute_does_not_count_as_there()
    {
        MuteEditor.Add(File, MuteEditor.Compose(Entry, "2026-01-01", null), NowNs, out _);

        Assert.True(MuteEditor.Add(File, MuteEditor.Compose(Entry, "2026-01-01", null), NowNs, out _)!.IsNew);
    }

    [Theory]
    [InlineData("it \"moves\", \\ {really} #: - ")]
    [InlineData("a\nb\u001b[31m\u202e🦆")]
    public void Reason_comes_back_as_it_was_given(string reason)
    {
        Assert.NotNull(MuteEditor.Add(File, MuteEditor.Compose(Entry, "2026-02-10T10:00:00Z", reason), NowNs, out _));

        Assert.Equal(reason, Assert.Single(MuteFile.Load(File, out _)!.Mutes).Reason);
        Assert.DoesNotContain(System.IO.File.ReadAllText(File), static c => c is (< ' ' and not '\n') or > '~');
    }

    [Fact]
    public void Link_stays_a_link_and_the_mode_of_the_file_stays()
    {
        Write("mutes: []\n");
        System.IO.File.SetUnixFileMode(File, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.OtherRead);
        var link = Path.Combine(folder, "link.yaml");
        System.IO.File.CreateSymbolicLink(link, File);

        Assert.NotNull(MuteEditor.Add(link, Entry, NowNs, out _));

        Assert.Equal(File, System.IO.File.ResolveLinkTarget(link, false)!.FullName);
        Assert.Single(MuteFile.Load(File, out _)!.Mutes);
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.OtherRead, System.IO.File.GetUnixFileMode(File));
    }

    [Fact]
    public void Entry_of_no_form_or_of_several_is_refused()
    {
        Assert.Null(MuteEditor.Add(File, "- {name: a}\n  - {name: b}", NowNs, out _));
        Assert.Null(MuteEditor.Add(File, "- {}", NowNs, out var errors));
        Assert.Contains("would silence everything", errors[0].Message, StringComparison.Ordinal);
        Assert.False(System.IO.File.Exists(File));
    }

    [Fact]
    public async Task Those_who_add_at_once_lose_nothing()
    {
        Write("mutes: []\n");
        await Task.WhenAll(Enumerable.Range(0, 20).Select(i => Task.Run(() =>
        {
            while (true)
            {
                try
                {
                    Assert.NotNull(MuteEditor.Add(File, $"- {{name: n{i}.example}}", NowNs, out _));
                    return;
                }
                catch (IOException)
                {
                    // Somebody else has the turn.
                }
            }
        })));

        Assert.Equal(20, MuteFile.Load(File, out _)!.Mutes.Select(static mute => mute.Name).Distinct().Count());
    }

    private void Write(string text)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(File)!);
        System.IO.File.WriteAllText(File, text);
    }
}
