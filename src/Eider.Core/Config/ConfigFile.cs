// The config file: YAML in, a checked EiderConfig or every error at once out, and back to YAML with the origin of each value.

using System.Text;

namespace Eider.Core.Config;

/// <summary>A config with the place each value came from. Immutable.</summary>
public sealed class ConfigFile
{
    public const string DefaultPath = "/etc/eider/config.yaml";

    public const int MaxBytes = 256 << 10;

    private readonly IReadOnlyDictionary<string, int> _lines;

    private ConfigFile(string name, EiderConfig config, IReadOnlyDictionary<string, int> lines)
    {
        Name = name;
        Config = config;
        _lines = lines;
    }

    /// <summary>No file: every value is its default.</summary>
    public static ConfigFile Defaults { get; } = new("", EiderConfig.Default, new Dictionary<string, int>());

    /// <summary>The path as the user gave it; empty for <see cref="Defaults"/>.</summary>
    public string Name { get; }

    public EiderConfig Config { get; }

    /// <summary>Reads a file. Does not throw for anything the file or the file system can do wrong.</summary>
    /// <param name="errors">Empty when the result is not null.</param>
    public static ConfigFile? Load(string path, out IReadOnlyList<ConfigError> errors)
    {
        try
        {
            using var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
            var bytes = new byte[MaxBytes + 1];
            var length = stream.ReadAtLeast(bytes, bytes.Length, throwOnEndOfStream: false);
            return Parse(bytes.AsSpan(0, length), path, out errors);
        }
        catch (Exception unreadable) when (unreadable is IOException or UnauthorizedAccessException)
        {
            errors = [new ConfigError(path, 0, 0, Directory.Exists(path) ? "is a directory, not a config file" : Unreadable(unreadable))];
            return null;
        }
    }

    /// <summary>Reads UTF-8 text; <paramref name="name"/> stands for the file in errors.</summary>
    public static ConfigFile? Parse(ReadOnlySpan<byte> utf8, string name, out IReadOnlyList<ConfigError> errors)
    {
        var found = new ConfigErrors(name);
        var config = EiderConfig.Default;
        var lines = new Dictionary<string, int>();
        if (ConfigEncoding.Decode(utf8, MaxBytes, found) is { } text && YamlReader.Read(text, found) is { } root)
        {
            config = ReadSection(root, "", config, lines, found);
        }

        errors = found.ToList();
        return found.Any ? null : new ConfigFile(name, config, lines);
    }

    public static ConfigFile? Parse(string text, string name, out IReadOnlyList<ConfigError> errors) =>
        Parse(Encoding.UTF8.GetBytes(text), name, out errors);

    /// <summary>Every key with its effective value and, in a comment, where it came from. Reads back to the same config.</summary>
    public string ToYaml()
    {
        var yaml = new StringBuilder();
        var section = "";
        foreach (var key in ConfigSchema.Keys)
        {
            if (key.Section != section)
            {
                section = key.Section;
                yaml.Append(section).Append(":\n");
            }

            var origin = _lines.TryGetValue(key.Path, out var line) ? $"{Name}:{line}" : "default";
            yaml.Append(section.Length == 0 ? "" : "  ").Append($"{key.Name}: {key.Write(Config)}  # {OneLine(origin)}\n");
        }

        return yaml.ToString();
    }

    private static EiderConfig ReadSection(YamlNode node, string section, EiderConfig config, Dictionary<string, int> lines, ConfigErrors errors)
    {
        // A section whose keys are all commented out is null to YAML and says nothing to us.
        if (node is YamlScalar { IsNull: true })
        {
            return config;
        }

        if (node is not YamlMapping mapping)
        {
            var what = section.Length == 0 ? "a mapping of config keys" : $"a mapping with the keys of \"{section}\"";
            errors.Add(node.At, $"expected {what}, found {node.Found}");
            return config;
        }

        foreach (var (name, value) in mapping.Entries)
        {
            var path = section.Length == 0 ? name.Text : $"{section}.{name.Text}";
            if (ConfigSchema.Keys.FirstOrDefault(key => key.Path == path) is { } key)
            {
                config = key.Read(value, errors, config);
                lines[path] = name.At.Line;
            }
            else if (ConfigSchema.Keys.Any(key => key.Section == path))
            {
                config = ReadSection(value, path, config, lines, errors);
            }
            else
            {
                errors.Add(name.At, $"unknown key {name.Found}{(section.Length == 0 ? "" : $" in \"{section}\"")}{Suggest(name.Text, section)}");
            }
        }

        return config;
    }

    /// <summary>A near name of the same section, else the same name elsewhere.</summary>
    private static string Suggest(string name, string section)
    {
        var here = ConfigSchema.Keys.Where(key => key.Section == section).Select(key => key.Name);
        var sections = section.Length == 0 ? ConfigSchema.Keys.Select(key => key.Section).Where(known => known.Length > 0).Distinct() : [];
        var near = Suggestion.Phrase(name, here.Concat(sections));
        if (near.Length > 0)
        {
            return near;
        }

        var elsewhere = Suggestion.Nearest(name, ConfigSchema.Keys.Select(key => key.Name));
        return elsewhere is null ? "" : $"; did you mean \"{ConfigSchema.Keys.First(key => key.Name == elsewhere).Path}\"?";
    }

    private static string Unreadable(Exception why) => why switch
    {
        FileNotFoundException or DirectoryNotFoundException => "no such file; without --config the defaults are used",
        UnauthorizedAccessException => "permission denied",
        _ => why.Message,
    };

    private static string OneLine(string origin) => string.Concat(origin.Select(c => char.IsControl(c) ? '?' : c));
}
