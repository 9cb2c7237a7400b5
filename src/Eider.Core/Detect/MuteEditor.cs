// Adds a mute to a file that people write by hand: at its end, with everything else as it was, and only if the file is right before and after.

using System.Text;
using Eider.Core.Config;
using Eider.Core.Lists;
using Eider.Core.Policy;

namespace Eider.Core.Detect;

/// <param name="Mute">The one that holds, with its place: the new one, or one that was there and holds for as long.</param>
/// <param name="Mutes">In the file now.</param>
public sealed record MuteAddition(Mute Mute, bool IsNew, int Mutes);

public static class MuteEditor
{
    private const UnixFileMode NewFileMode = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead;

    /// <summary>The entry of an alert with an end and a reason.</summary>
    /// <param name="entry">As <see cref="Alert.Mute"/>.</param>
    /// <param name="until">As files of mutes have it; null: for good.</param>
    public static string Compose(string entry, string? until, string? reason)
    {
        var end = $"{(until is null ? "" : $", until: \"{until}\"")}{(reason is null ? "" : $", reason: {MuteText.Quote(reason)}")}}}";
        return entry.EndsWith('}') ? entry[..^1] + end : entry;
    }

    /// <summary>Adds an entry to a file, which is made where it is not there, in one step: a reader sees the file before or after it.</summary>
    /// <param name="entry">One item of a list, on one line, from its dash on.</param>
    /// <param name="errors">Why nothing was changed; empty when the result is not null.</param>
    /// <exception cref="IOException">The file cannot be written.</exception>
    /// <exception cref="UnauthorizedAccessException">Likewise.</exception>
    /// <exception cref="ListStoreException">Likewise.</exception>
    public static MuteAddition? Add(string path, string entry, long nowNs, out IReadOnlyList<ConfigError> errors)
    {
        if (MuteFile.Parse($"mutes:\n  {entry}\n", "the new entry", out errors) is not { Mutes: [var wanted] })
        {
            return null;
        }

        // What a mounted volume shows is a link; what it leads to is replaced.
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        var target = File.Exists(path) ? File.ResolveLinkTarget(path, returnFinalTarget: true)?.FullName ?? path : path;
        using var turn = new FileStream(target + ".lock", FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        var isThere = File.Exists(target);
        var before = isThere ? MuteFile.Load(path, out errors) : MuteList.Empty;
        if (before is null)
        {
            return null;
        }

        if (before.Mutes.FirstOrDefault(mute => IsSame(mute, wanted) && Holds(mute, wanted, nowNs)) is { } known)
        {
            return new MuteAddition(known, IsNew: false, before.Mutes.Count);
        }

        var text = Append(isThere ? File.ReadAllText(target) : "", entry);
        var after = MuteFile.Parse(text, path, out errors);
        if (after is null || !IsAddition(before, after, wanted))
        {
            errors = before.Mutes.Count >= MuteFile.MaxMutes ? errors : [new ConfigError(path, 0, 0, $"it is written in a form that cannot be added to; add this by hand: {entry}")];
            return null;
        }

        Replace(target, text, isThere ? File.GetUnixFileMode(target) : NewFileMode);
        return new MuteAddition(after.Mutes[^1], IsNew: true, after.Mutes.Count);
    }

    private static void Replace(string target, string text, UnixFileMode mode)
    {
        using var draft = new ListDraft($"{target}.{Path.GetRandomFileName()}{ListDraft.Extension}");
        draft.Write(Encoding.UTF8.GetBytes(text));
        draft.Finish();
        File.SetUnixFileMode(draft.Path, mode);
        File.Move(draft.Path, target, overwrite: true);
    }

    /// <summary>A guess that is checked by reading the result.</summary>
    private static string Append(string text, string entry)
    {
        var found = new ConfigErrors("");
        var list = (YamlReader.Read(text, found) as YamlMapping)?["mutes"];
        if (list is YamlList { Items: [] } && LineAt(text, list.At) is var (start, line) && line.IndexOf("[]", StringComparison.Ordinal) is >= 0 and var at)
        {
            text = text.Remove(start + at, 2);
        }

        var indent = 2;
        if (list is YamlList { Items: [var first, ..] })
        {
            indent = Math.Max(0, LineAt(text, first.At).Line[..Math.Max(0, first.At.Column - 1)].LastIndexOf('-'));
        }

        var whole = new StringBuilder(text);
        whole.Append(text.Length == 0 || text.EndsWith('\n') ? "" : "\n").Append(list is null ? "mutes:\n" : "");
        return whole.Append(' ', indent).Append(entry).Append('\n').ToString();
    }

    private static (int Start, string Line) LineAt(string text, YamlPosition at)
    {
        var start = 0;
        for (var line = 1; line < at.Line; line++)
        {
            start = text.IndexOf('\n', start) + 1;
        }

        var end = text.IndexOf('\n', start);
        return (start, end < 0 ? text[start..] : text[start..end]);
    }

    private static bool IsAddition(MuteList before, MuteList after, Mute wanted) =>
        after.Mutes.Count == before.Mutes.Count + 1
        && before.Mutes.Append(wanted).Zip(after.Mutes).All(static pair => IsSame(pair.First, pair.Second) && (pair.First.UntilNs, pair.First.Reason) == (pair.Second.UntilNs, pair.Second.Reason));

    private static bool IsSame(Mute one, Mute other) =>
        one with { UntilNs = null, Reason = null, Place = other.Place } == other with { UntilNs = null, Reason = null };

    private static bool Holds(Mute mute, Mute wanted, long nowNs) => mute.UntilNs is not { } until || (until > nowNs && until >= (wanted.UntilNs ?? long.MaxValue));
}
