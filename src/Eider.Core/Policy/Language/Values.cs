// Scalars and lists of policy files.

using System.Globalization;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Eider.Core.Config;

namespace Eider.Core.Policy.Language;

internal static partial class Values
{
    /// <summary>What Kubernetes accepts as the name of an object (RFC 1123 subdomain).</summary>
    public static readonly Syntax<string> ObjectName = Pattern(
        "a name of at most 253 lower-case letters, digits, \"-\" and \".\", with a letter or digit at both ends", 253, ObjectNamePattern(), LowerCase);

    public static bool IsObjectName(string text) => text.Length <= 253 && ObjectNamePattern().IsMatch(text) && !text.EndsWith('\n');

    /// <summary>What Kubernetes accepts as the name of a namespace (RFC 1123 label).</summary>
    public static readonly Syntax<string> NamespaceName = Pattern(
        "a name of at most 63 lower-case letters, digits and \"-\", with a letter or digit at both ends", 63, NamespaceNamePattern(), LowerCase);

    /// <summary>Of a key that is only ever given to say yes.</summary>
    public static readonly Syntax<bool> True = Word([("true", true)]) with { Schema = () => new JsonObject { ["const"] = true } };

    /// <param name="synonyms">What others call it; told to those who write it.</param>
    public static Syntax<T> Word<T>(IReadOnlyList<(string Word, T Value)> words, IReadOnlyDictionary<string, string>? synonyms = null) =>
        Scalar<T>(
            words.Count == 1 ? $"\"{words[0].Word}\"" : $"one of {string.Join(", ", words.Select(word => word.Word))}",
            () => new JsonObject { ["enum"] = new JsonArray([.. words.Select(word => (JsonNode)word.Word)]) },
            text => words.FirstOrDefault(word => word.Word == text) is { Word: not null } known ? new ConfigValue<T>(known.Value) : null,
            text => (synonyms?.GetValueOrDefault(text.ToLowerInvariant()) ?? Suggestion.Nearest(text, words.Select(word => word.Word))) is { } near
                ? $"did you mean \"{near}\"?" : null);

    /// <summary>The names of an enum, with a small first letter.</summary>
    public static Syntax<T> Word<T>() where T : struct, Enum => Word([.. Enum.GetValues<T>().Select(value => (WordOf(value), value))]);

    public static string WordOf<T>(T value) where T : struct, Enum => System.Text.Json.JsonNamingPolicy.CamelCase.ConvertName(value.ToString());

    public static Syntax<int> Count(int least, int most) => Scalar<int>(
        $"a whole number from {least} to {most}",
        () => new JsonObject { ["type"] = "integer", ["minimum"] = least, ["maximum"] = most },
        text => int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var value) && value >= least && value <= most
            ? new ConfigValue<int>(value) : null);

    public static Syntax<double> Number(double least, double most) => Scalar<double>(
        string.Create(CultureInfo.InvariantCulture, $"a number from {least} to {most}"),
        () => new JsonObject { ["type"] = "number", ["minimum"] = least, ["maximum"] = most },
        text => double.TryParse(text, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var value) && value >= least && value <= most
            ? new ConfigValue<double>(value) : null);

    public static Syntax<TimeSpan> Duration(TimeSpan least, TimeSpan most) => Scalar<TimeSpan>(
        $"a duration from {Units.FormatDuration(least)} to {Units.FormatDuration(most)}",
        () => new JsonObject { ["type"] = "string", ["pattern"] = @"^[0-9]+(\.[0-9]+)?(us|ms|s|m|h|d)$" },
        text => Units.TryParseDuration(text, out var value) && value >= least && value <= most ? new ConfigValue<TimeSpan>(value) : null,
        text => Units.TryParseDuration(text, out _) ? null : $"write a number with its unit, such as {Units.DurationExamples}");

    public static Syntax<long> Size(long least, long most) => Scalar<long>(
        $"a size from {Units.FormatSize(least)} to {Units.FormatSize(most)}",
        () => new JsonObject { ["type"] = "string", ["pattern"] = "^[0-9]+ *([Bb]|[KkMmGgTt][Ii]?[Bb])$" },
        text => Units.TryParseSize(text, out var value) && value >= least && value <= most ? new ConfigValue<long>(value) : null,
        text => Units.TryParseSize(text, out _) ? null : $"write a whole number with its unit, such as {Units.SizeExamples}");

    /// <param name="mend">Of a text that does not match; null where nothing can be said.</param>
    public static Syntax<string> Pattern(string name, int maxLength, Regex pattern, Func<string, string?>? mend = null) => Scalar<string>(
        name,
        () => new JsonObject { ["type"] = "string", ["maxLength"] = maxLength, ["pattern"] = pattern.ToString() },
        // "$" also stands before a final line break.
        text => text.Length <= maxLength && pattern.IsMatch(text) && !text.EndsWith('\n') ? new ConfigValue<string>(text) : null,
        mend);

    public static Syntax<T> Scalar<T>(string name, Func<JsonObject> schema, Func<string, ConfigValue<T>?> parse, Func<string, string?>? mend = null) =>
        new(name, schema, (node, found) =>
        {
            if (node is YamlScalar { IsNull: false } scalar)
            {
                var value = parse(scalar.Text);
                if (value is null)
                {
                    found.Error(node.At, $"expected {name}, found {node.Found}", mend?.Invoke(scalar.Text));
                }

                return value;
            }

            found.Error(node.At, $"expected {name}, found {node.Found}");
            return null;
        });

    /// <summary>A list with the place of each item. Items that were refused are left out, with their errors.</summary>
    /// <param name="name">In the plural, as in "names".</param>
    public static Syntax<IReadOnlyList<Placed<T>>> List<T>(string name, Syntax<T> item, int most, int least = 1) => new(
        ListName(name, least, most),
        () => new JsonObject { ["type"] = "array", ["minItems"] = least, ["maxItems"] = most, ["items"] = item.Schema() },
        (node, found) => ReadList(node, found, ListName(name, least, most), item, least, most));

    private static string ListName(string name, int least, int most) => $"a list of {(least == 0 ? "up" : least)} to {most} {name}";

    private static ConfigValue<IReadOnlyList<Placed<T>>>? ReadList<T>(YamlNode node, Diagnostics found, string name, Syntax<T> item, int least, int most)
    {
        if (node is not YamlList list || list.Items.Count < least || list.Items.Count > most)
        {
            var what = node is YamlList counted ? counted.Items.Count == 0 ? "an empty list" : $"{counted.Items.Count}" : node.Found;
            var mend = node switch
            {
                YamlScalar { IsNull: false } => "put it in [ and ]",
                YamlMapping => "begin it with \"- \", or put it in [ and ]",
                _ => null,
            };
            found.Error(node.At, $"expected {name}, found {what}", mend);
            return null;
        }

        var items = new List<Placed<T>>(list.Items.Count);
        foreach (var element in list.Items)
        {
            if (item.Read(element, found) is { } read)
            {
                items.Add(new Placed<T>(read.Value, found.PlaceOf(element.At)));
            }
        }

        return new ConfigValue<IReadOnlyList<Placed<T>>>(items);
    }

    private static string? LowerCase(string text) => text.Any(char.IsAsciiLetterUpper) ? $"did you mean \"{text.ToLowerInvariant()}\"?" : null;

    [GeneratedRegex("^[a-z0-9]([a-z0-9-]*[a-z0-9])?(\\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*$")]
    private static partial Regex ObjectNamePattern();

    [GeneratedRegex("^[a-z0-9]([a-z0-9-]*[a-z0-9])?$")]
    private static partial Regex NamespaceNamePattern();
}

internal readonly record struct Placed<T>(T Value, Place Place);
