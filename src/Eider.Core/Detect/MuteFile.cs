// The file of mutes: YAML in, a checked list or every error at once out.

using System.Globalization;
using System.Text;
using Eider.Core.Config;
using Eider.Core.Filters;
using Eider.Core.Policy;
using Eider.Core.Policy.Language;
using NamePattern = Eider.Core.Policy.NamePattern;

namespace Eider.Core.Detect;

/// <summary>Reads <c>mutes:</c>, a list of mappings with the keys <c>detection</c>, <c>name</c>, <c>workload</c>, <c>client</c>, <c>source</c>, <c>until</c> and
/// <c>reason</c>. Each mute needs at least one that matches something.</summary>
public static class MuteFile
{
    public const int MaxBytes = 1 << 20;

    public const int MaxMutes = 1000;

    private static readonly string[] Keys = ["detection", "name", "workload", "client", "source", "until", "reason"];

    /// <summary>Does not throw for anything the file or the file system can do wrong.</summary>
    /// <param name="errors">Empty when the result is not null.</param>
    public static MuteList? Load(string path, out IReadOnlyList<ConfigError> errors)
    {
        try
        {
            using var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
            var bytes = new byte[MaxBytes + 1];
            var length = stream.ReadAtLeast(bytes, bytes.Length, throwOnEndOfStream: false);
            return Parse(bytes.AsSpan(0, length), path, out errors);
        }
        catch (Exception unreadable) when (unreadable is IOException or UnauthorizedAccessException)
        {
            errors = [new ConfigError(path, 0, 0, unreadable is FileNotFoundException or DirectoryNotFoundException ? "no such file" : unreadable.Message)];
            return null;
        }
    }

    public static MuteList? Parse(string text, string name, out IReadOnlyList<ConfigError> errors) => Parse(Encoding.UTF8.GetBytes(text), name, out errors);

    /// <param name="name">Stands for the file in errors and places.</param>
    public static MuteList? Parse(ReadOnlySpan<byte> utf8, string name, out IReadOnlyList<ConfigError> errors)
    {
        var found = new ConfigErrors(name);
        var mutes = new List<Mute>();
        if (ConfigEncoding.Decode(utf8, MaxBytes, found) is { } text && YamlReader.Read(text, found) is { } root)
        {
            ReadRoot(root, name, mutes, found);
        }

        errors = found.ToList();
        return found.Any ? null : new MuteList(mutes);
    }

    private static void ReadRoot(YamlNode root, string file, List<Mute> mutes, ConfigErrors errors)
    {
        if (root is not YamlMapping mapping)
        {
            errors.Add(root.At, $"expected a mapping with \"mutes\", found {root.Found}");
            return;
        }

        foreach (var (key, value) in mapping.Entries)
        {
            if (key.Text != "mutes")
            {
                errors.Add(key.At, $"unknown key {key.Found}{Suggestion.Phrase(key.Text, ["mutes"])}");
            }
            else if (value is YamlList list)
            {
                ReadList(list, file, mutes, errors);
            }
            else if (value is not YamlScalar { IsNull: true })
            {
                errors.Add(value.At, $"expected a list of mutes, found {value.Found}");
            }
        }
    }

    private static void ReadList(YamlList list, string file, List<Mute> mutes, ConfigErrors errors)
    {
        if (list.Items.Count > MaxMutes)
        {
            errors.Add(list.At, $"{list.Items.Count} mutes; at most {MaxMutes} are taken: a wider pattern may do, or switch the detection off");
            return;
        }

        foreach (var item in list.Items)
        {
            if (item is not YamlMapping mapping)
            {
                errors.Add(item.At, $"expected a mute, which is a mapping with {string.Join(", ", Keys)}, found {item.Found}");
                continue;
            }

            var mute = new Mute(null, null, null, null, null, null, null, new Place(file, item.At.Line, item.At.Column));
            foreach (var (key, value) in mapping.Entries)
            {
                mute = ReadKey(mute, key, value, errors);
            }

            // A key that is not known may have been meant for one of them.
            if (mapping.Entries.All(entry => entry.Key.Text is "until" or "reason"))
            {
                errors.Add(item.At, "a mute without detection, name, workload, client or source would silence everything; say what it is for");
            }

            mutes.Add(mute);
        }
    }

    private static Mute ReadKey(Mute mute, YamlScalar key, YamlNode value, ConfigErrors errors)
    {
        if (!Keys.Contains(key.Text))
        {
            errors.Add(key.At, $"unknown key {key.Found} in a mute{Suggestion.Phrase(key.Text, Keys)}");
            return mute;
        }

        if (value is not YamlScalar { IsNull: false } scalar)
        {
            errors.Add(value.At, $"expected a word for \"{key.Text}\", found {value.Found}");
            return mute;
        }

        switch (key.Text)
        {
            case "detection":
                return mute with { Detection = ReadDetection(scalar, errors) };
            case "name":
                return mute with { Name = ReadName(scalar, errors) };
            case "client":
                return mute with { Client = ReadPrefix(scalar, errors) };
            case "source":
                return mute with { Source = ReadPrefix(scalar, errors) };
            case "until":
                return mute with { UntilNs = ReadTime(scalar, errors) };
            case "workload":
                return mute with { Workload = scalar.Text };
            default:
                return mute with { Reason = scalar.Text };
        }
    }

    private static string? ReadDetection(YamlScalar scalar, ConfigErrors errors)
    {
        var known = Detections.All.Select(kind => kind.Id).ToArray();
        if (!known.Contains(scalar.Text))
        {
            var near = Suggestion.Phrase(scalar.Text, known);
            errors.Add(scalar.At, $"unknown detection {scalar.Found}{(near.Length > 0 ? near : $"; known are {string.Join(", ", known)}")}");
        }

        return scalar.Text;
    }

    private static NamePattern? ReadName(YamlScalar scalar, ConfigErrors errors)
    {
        if (NamePatternSyntax.TryParse(scalar.Text, out var pattern, out var fault))
        {
            return pattern;
        }

        errors.Add(scalar.At, $"{scalar.Found} is no name: {fault.What}{(fault.Mend is null ? "" : $"; {fault.Mend}")}");
        return null;
    }

    private static IpPrefix? ReadPrefix(YamlScalar scalar, ConfigErrors errors)
    {
        if (IpPrefix.TryParse(scalar.Text, out var prefix))
        {
            return prefix;
        }

        errors.Add(scalar.At, $"{scalar.Found} is no address or range; write e.g. 10.0.0.53, 10.0.0.0/8 or 2001:db8::/32");
        return null;
    }

    private static long? ReadTime(YamlScalar scalar, ConfigErrors errors)
    {
        if (TryReadTime(scalar.Text, out var timeNs))
        {
            return timeNs;
        }

        errors.Add(scalar.At, $"{scalar.Found} is no time; write e.g. 2027-01-31 or 2027-01-31T12:00:00Z");
        return null;
    }

    /// <summary>Reads the end of a mute. A day alone is the beginning of that day in UTC.</summary>
    /// <param name="timeNs">Nanoseconds since the Unix epoch.</param>
    public static bool TryReadTime(string text, out long timeNs)
    {
        timeNs = 0;
        if (DateTimeOffset.TryParseExact(
            text, ["yyyy-MM-dd", "yyyy-MM-ddTHH:mm:ssK", "yyyy-MM-ddTHH:mmK"], CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var time)
            && time.Year is > 1970 and < 2262)
        {
            timeNs = (time - DateTimeOffset.UnixEpoch).Ticks * TimeSpan.NanosecondsPerTick;
        }

        return timeNs > 0;
    }
}
