// The kinds of value a config key can have: how each is described, read with checks, and written back.

using System.Collections.Immutable;
using System.Globalization;
using System.Net;
using System.Text;
using Eider.Core.Policy;
using Eider.Core.Policy.Language;

namespace Eider.Core.Config;

/// <param name="Name">For documentation and errors: "expected {Name}, found …".</param>
/// <param name="Read">The value, or null with an error added at its place.</param>
/// <param name="Write">As YAML that <paramref name="Read"/> reads back to the same value.</param>
internal sealed record ConfigType<T>(string Name, Func<YamlNode, ConfigErrors, ConfigValue<T>?> Read, Func<T, string> Write);

/// <summary>A value that passed its checks; a class, so that null always means "refused", whatever <typeparamref name="T"/> is.</summary>
internal sealed record ConfigValue<T>(T Value);

internal static class ConfigTypes
{
    /// <summary>sun_path of struct sockaddr_un, less the terminating NUL.</summary>
    private const int MaxSocketPath = 107;

    private const int MaxPorts = 16;

    private const int MaxPaths = 100;

    public static readonly ConfigType<bool> Switch = FromText<bool>(
        "true or false",
        text => text switch { "true" => true, "false" => false, _ => null },
        value => value ? "true" : "false",
        text => text.ToLowerInvariant() switch
        {
            "yes" or "on" or "true" => "; did you mean \"true\"?",
            "no" or "off" or "false" => "; did you mean \"false\"?",
            _ => "",
        });

    public static readonly ConfigType<string> AbsolutePath = FromText(
        "an absolute path",
        text => text.StartsWith('/') && !text.EndsWith('/') && !text.Any(char.IsControl) ? text : null,
        Quoted);

    public static readonly ConfigType<string?> OptionalPath = new(
        $"{AbsolutePath.Name}, or null for none",
        (node, errors) => node is YamlScalar { IsNull: true } ? new ConfigValue<string?>(null) : AbsolutePath.Read(node, errors) is { } path ? new ConfigValue<string?>(path.Value) : null,
        value => value is null ? "null" : Quoted(value));

    public static readonly ConfigType<ImmutableArray<string>> AbsolutePaths = new(
        $"a list of up to {MaxPaths} absolute paths",
        ReadPaths,
        paths => $"[{string.Join(", ", paths.Select(Quoted))}]");

    public static readonly ConfigType<string> SocketPath = FromText(
        $"an absolute path of at most {MaxSocketPath} octets",
        text => text.StartsWith('/') && !text.EndsWith('/') && !text.Any(char.IsControl) && Encoding.UTF8.GetByteCount(text) <= MaxSocketPath ? text : null,
        Quoted);

    /// <summary>What Kubernetes and DNS accept as a node's name (RFC 1123 2.1), with the underscores that hosts have in practice.</summary>
    public static readonly ConfigType<string> NodeName = FromText(
        "a host name of at most 253 letters, digits, \"-\", \"_\" and \".\"",
        text => text.Length is > 0 and <= 253 && text.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_' or '.') ? text : null,
        Quoted);

    public static readonly ConfigType<IPEndPoint?> Listen = new(
        "an address and port such as 127.0.0.1:8053 or [::1]:8053, or null for none",
        ReadListen,
        value => value is null ? "null" : Quoted(value.ToString()));

    public static readonly ConfigType<ImmutableArray<ushort>> Ports = new(
        $"a list of 1 to {MaxPorts} ports",
        ReadPorts,
        ports => $"[{string.Join(", ", ports)}]");

    public static ConfigType<TimeSpan> Duration(TimeSpan least, TimeSpan most) => FromText<TimeSpan>(
        $"a duration from {Units.FormatDuration(least)} to {Units.FormatDuration(most)}",
        text => Units.TryParseDuration(text, out var value) && value >= least && value <= most ? value : null,
        Units.FormatDuration,
        text => Units.TryParseDuration(text, out _) ? "" : $"; write a number with its unit, such as {Units.DurationExamples}");

    public static ConfigType<long> Size(long least, long most, bool powerOfTwo = false) => FromText<long>(
        $"a size from {Units.FormatSize(least)} to {Units.FormatSize(most)}{(powerOfTwo ? " that is a power of two" : "")}",
        text => Units.TryParseSize(text, out var value) && value >= least && value <= most && (!powerOfTwo || long.IsPow2(value)) ? value : null,
        Units.FormatSize,
        text => Units.TryParseSize(text, out _) ? "" : $"; write a whole number with its unit, such as {Units.SizeExamples}");

    public static ConfigType<int> Count(int least, int most) => FromText<int>(
        $"a whole number from {least} to {most}",
        text => int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var value) && value >= least && value <= most ? value : null,
        value => value.ToString(CultureInfo.InvariantCulture));

    /// <summary>The names of an enum in lower case.</summary>
    public static ConfigType<T> OneOf<T>() where T : struct, Enum
    {
        var names = Enum.GetNames<T>().Select(name => name.ToLowerInvariant()).ToArray();
        return FromText<T>(
            $"one of {string.Join(", ", names)}",
            text => names.Contains(text) ? Enum.Parse<T>(text, ignoreCase: true) : null,
            value => value.ToString().ToLowerInvariant(),
            text => Suggestion.Phrase(text, names));
    }

    /// <summary>One of what policy files have too, or null for none.</summary>
    internal static ConfigType<T?> Optional<T>(string name, Syntax<T> item, Func<T, string> write) where T : class
    {
        return new($"{name}, or null for none", Read, value => value is null ? "null" : write(value));

        ConfigValue<T?>? Read(YamlNode node, ConfigErrors errors)
        {
            if (node is YamlScalar { IsNull: true })
            {
                return new ConfigValue<T?>(null);
            }

            var found = new Diagnostics(errors.File);
            var read = item.Read(node, found);
            AddErrors(found, errors);
            return found.AnyError || read is null ? null : new ConfigValue<T?>(read.Value);
        }
    }

    /// <summary>A list of what policy files have too, with their way to read it.</summary>
    /// <param name="name">In the plural; the reference shows it.</param>
    /// <param name="unique">What may be there only once; null: anything may come again.</param>
    internal static ConfigType<ImmutableArray<T>> ListOf<T>(string name, Syntax<T> item, Func<T, string> write, int most = MaxPaths, Func<T, string>? unique = null)
    {
        var syntax = Values.List(name, item, most, least: 0);
        return new($"a list of up to {most} {name}", Read, items => $"[{string.Join(", ", items.Select(write))}]");

        ConfigValue<ImmutableArray<T>>? Read(YamlNode node, ConfigErrors errors)
        {
            var found = new Diagnostics(errors.File);
            var items = syntax.Read(node, found);
            var seen = new HashSet<string>();
            foreach (var (value, place) in items?.Value ?? [])
            {
                if (unique is not null && !found.AnyError && !seen.Add(unique(value)))
                {
                    found.Error(place, $"{YamlScalar.Quote(unique(value))} is given twice");
                }
            }

            AddErrors(found, errors);
            return found.AnyError ? null : new ConfigValue<ImmutableArray<T>>([.. items!.Value.Select(static placed => placed.Value)]);
        }
    }

    private static void AddErrors(Diagnostics found, ConfigErrors errors)
    {
        foreach (var mistake in found.ToList().Where(static diagnostic => diagnostic.Severity == PolicySeverity.Error))
        {
            errors.Add(new YamlPosition(mistake.Place.Line, mistake.Place.Column), $"{mistake.What}{(mistake.Mend is null ? "" : $"; {mistake.Mend}")}");
        }
    }

    private static ConfigType<string> FromText(string name, Func<string, string?> parse, Func<string, string> write) =>
        new(name, (node, errors) => Scalar(node, errors, name, text => parse(text) is { } value ? new ConfigValue<string>(value) : null, _ => ""), write);

    private static ConfigType<T> FromText<T>(string name, Func<string, T?> parse, Func<T, string> write, Func<string, string>? mend = null) where T : struct =>
        new(name, (node, errors) => Scalar(node, errors, name, text => parse(text) is { } value ? new ConfigValue<T>(value) : null, mend ?? (_ => "")), write);

    private static ConfigValue<T>? Scalar<T>(
        YamlNode node, ConfigErrors errors, string name, Func<string, ConfigValue<T>?> parse, Func<string, string> mend)
    {
        if (node is YamlScalar { IsNull: false } scalar)
        {
            if (parse(scalar.Text) is { } value)
            {
                return value;
            }

            errors.Add(node.At, $"expected {name}, found {node.Found}{mend(scalar.Text)}");
            return null;
        }

        errors.Add(node.At, $"expected {name}, found {node.Found}");
        return null;
    }

    private static ConfigValue<IPEndPoint?>? ReadListen(YamlNode node, ConfigErrors errors)
    {
        if (node is YamlScalar { IsNull: true })
        {
            return new ConfigValue<IPEndPoint?>(null);
        }

        return Scalar(node, errors, Listen.Name, ParseListen, text => ushort.TryParse(text, out _) ? $"; did you mean \"127.0.0.1:{text}\"?" : "");
    }

    /// <summary>IPEndPoint.Parse takes a bare address (port 0) and a bare number (an address of that value); a listener needs both parts.</summary>
    private static ConfigValue<IPEndPoint?>? ParseListen(string text) =>
        text.Contains(':') && text.AsSpan(0, text.LastIndexOf(':')).IndexOfAny('.', ']') >= 0
        && IPEndPoint.TryParse(text, out var endpoint) && endpoint.Port != 0
            ? new ConfigValue<IPEndPoint?>(endpoint)
            : null;

    private static ConfigValue<ImmutableArray<string>>? ReadPaths(YamlNode node, ConfigErrors errors)
    {
        if (node is not YamlList { Items.Count: <= MaxPaths } list)
        {
            var found = node is YamlList many ? $"{many.Items.Count}" : node.Found;
            errors.Add(node.At, $"expected {AbsolutePaths.Name}, found {found}{(node is YamlScalar { IsNull: false } ? "; put it in [ and ]" : "")}");
            return null;
        }

        var paths = list.Items.Select(item => AbsolutePath.Read(item, errors)).ToArray();
        return paths.Contains(null) ? null : new ConfigValue<ImmutableArray<string>>([.. paths.Select(path => path!.Value)]);
    }

    private static ConfigValue<ImmutableArray<ushort>>? ReadPorts(YamlNode node, ConfigErrors errors)
    {
        if (node is not YamlList { Items.Count: > 0 and <= MaxPorts } list)
        {
            var found = node is YamlList many ? $"{many.Items.Count}" : node.Found;
            errors.Add(node.At, $"expected {Ports.Name}, found {found}");
            return null;
        }

        var ports = ImmutableArray.CreateBuilder<ushort>(list.Items.Count);
        foreach (var item in list.Items)
        {
            if (item is not YamlScalar scalar || !ushort.TryParse(scalar.Text, NumberStyles.None, CultureInfo.InvariantCulture, out var port) || port == 0)
            {
                errors.Add(item.At, $"expected a port from 1 to 65535, found {item.Found}");
            }
            else if (ports.Contains(port))
            {
                errors.Add(item.At, $"port {port} is listed twice");
            }
            else
            {
                ports.Add(port);
            }
        }

        return ports.Count == list.Items.Count ? new ConfigValue<ImmutableArray<ushort>>(ports.ToImmutable()) : null;
    }

    /// <summary>Plain where no YAML reader could take it for anything but this text, else in double quotes (YAML 1.2.2, 7.3.1).</summary>
    internal static string Quoted(string text)
    {
        var plain = text.Length > 0 && (char.IsAsciiLetter(text[0]) || text[0] == '/')
            && text.All(c => char.IsAsciiLetterOrDigit(c) || c is '/' or '.' or '_' or '-')
            && text.ToLowerInvariant() is not ("true" or "false" or "null" or "yes" or "no" or "on" or "off" or "y" or "n");
        return plain ? text : $"\"{text.Replace("\\", "\\\\").Replace("\"", "\\\"")}\"";
    }
}
