// Name patterns as people write them: an exact name or everything below one, and what is said to those who meant something else.

using System.Text.Json.Nodes;
using Eider.Core.Config;

namespace Eider.Core.Policy.Language;

internal static class NamePatternSyntax
{
    /// <summary>In text form, without the final dot (RFC 1035 2.3.4: 255 octets on the wire).</summary>
    private const int MaxName = 253;

    private const int MaxLabel = 63;

    /// <summary>Text that is no name at any length of its A-labels; bounds what is tried to find out what was meant.</summary>
    private const int MaxText = 1024;

    private const string Kinds = "a name is exact (example.com) or everything below one (*.example.com)";

    /// <summary>Full stops that input methods write for U+002E, which separate labels all the same (UTS 46 4).</summary>
    private static readonly System.Buffers.SearchValues<char> OtherDots = System.Buffers.SearchValues.Create("\u3002\uff0e\uff61");

    public static readonly Syntax<NamePattern> Pattern = new(
        "a name such as example.com or *.example.com",
        () => new JsonObject { ["type"] = "string", ["minLength"] = 1, ["pattern"] = @"^(\*\.)?[^*.\s/\\:@]+(\.[^*.\s/\\:@]+)*\.?$" },
        Read);

    private static ConfigValue<NamePattern>? Read(YamlNode node, Diagnostics found)
    {
        if (node is not YamlScalar { IsNull: false } scalar)
        {
            found.Error(node.At, $"expected {Pattern.Name}, found {node.Found}");
            return null;
        }

        if (!TryParse(scalar.Text, out var pattern, out var fault))
        {
            found.Error(node.At, $"{node.Found} is no name: {fault.What}", fault.Mend);
            return null;
        }

        if (pattern.Name.Split('.').FirstOrDefault(label => !Idna.IsDecodable(label)) is { } label)
        {
            found.Warn(node.At, $"no name has the A-label {YamlScalar.Quote(label)}", "only queries that are malformed in the same way match");
        }

        return new ConfigValue<NamePattern>(pattern);
    }

    /// <param name="fault">Default on success.</param>
    public static bool TryParse(string text, out NamePattern pattern, out (string What, string? Mend) fault)
    {
        pattern = default;
        var isSuffix = text.StartsWith("*.", StringComparison.Ordinal);
        var name = isSuffix ? text[2..] : text;
        if (name.EndsWith('.') && name.Length > 1)
        {
            name = name[..^1];
        }

        if (ForeignNotation(text, name) is { } foreign)
        {
            fault = foreign;
            return false;
        }

        var labels = string.Concat(name.Select(c => OtherDots.Contains(c) ? '.' : c)).Split('.');
        for (var i = 0; i < labels.Length; i++)
        {
            var label = ToALabel(labels[i], out var what);
            if (label is null)
            {
                fault = (what!, System.Text.Ascii.IsValid(labels[i]) ? null : "write its A-label (xn--…) where no other spelling is meant");
                return false;
            }

            labels[i] = label;
        }

        name = string.Join('.', labels);
        fault = name.Length > MaxName ? ($"it has {name.Length} octets, and a name has at most {MaxName}", null) : default;
        pattern = new NamePattern(name, isSuffix);
        return fault.What is null;
    }

    private static string? ToALabel(string label, out string? fault)
    {
        if (label.Length == 0)
        {
            fault = "a label between two dots is empty";
            return null;
        }

        var aLabel = Idna.ToALabel(label, out fault);
        if (aLabel is null)
        {
            fault = $"{YamlScalar.Quote(label)} has no A-label, since {fault}";
        }
        else if (aLabel.Length > MaxLabel)
        {
            fault = $"the label {YamlScalar.Quote(label)} has {aLabel.Length} octets, and a label has at most {MaxLabel}";
        }
        else if (aLabel.FirstOrDefault(c => !char.IsAsciiLetterOrDigit(c) && c is not ('-' or '_')) is var odd and not '\0')
        {
            fault = $"{YamlScalar.Quote(odd.ToString())} is no character of a name";
        }

        return fault is null ? aLabel : null;
    }

    /// <summary>What other tools and habits write, with the pattern that is meant.</summary>
    private static (string What, string? Mend)? ForeignNotation(string text, string name)
    {
        if (text.Length > MaxText)
        {
            return ($"it has {text.Length} characters, and a name has at most {MaxName}", null);
        }

        if (text is "" or "." or "*" or "*.")
        {
            return (text.Length == 0 ? "it is empty" : "it would match everything", $"{Kinds}; for all other names there is \"default\", and a rule for types alone has no names");
        }

        if (IpAddress.TryParse(text.Trim('[', ']'), out _) && (text.Contains(':') || text.Count(c => c == '.') == 3))
        {
            return ("it is an address, and rules go by the name that is asked for", "the servers that may be asked are in \"resolvers\"");
        }

        if (name.Contains('\\'))
        {
            return ("octets written as \\DDD are not taken", "names here are made of letters, digits, \"-\" and \"_\"");
        }

        if (text.StartsWith('/') && text.EndsWith('/'))
        {
            return ("regular expressions are not taken", Kinds);
        }

        return Location(text) ?? (name.Contains('*') ? Wildcard(text) : text.StartsWith('.') ? ("it begins with a dot", Meant("*." + text.TrimStart('.'))) : null);
    }

    /// <summary>A URL, a host with a port or a path, or an AdBlock filter.</summary>
    private static (string What, string? Mend)? Location(string text)
    {
        var host = text.TrimStart('@').TrimStart('|').TrimEnd('^');
        var isFilter = text.Contains('|');
        var scheme = host.IndexOf("://", StringComparison.Ordinal);
        host = scheme < 0 ? host : host[(scheme + 3)..];
        host = host[(host.LastIndexOf('@') + 1)..];
        var end = host.AsSpan().IndexOfAny('/', ':', '?');
        host = end < 0 ? host : host[..end];
        return host.Length == text.Length ? null
            : (isFilter ? "it is a filter of an ad blocker" : "it is a location, and rules go by the name of the host", Meant(host) ?? Kinds);
    }

    private static (string What, string? Mend) Wildcard(string text)
    {
        var below = text[(text.LastIndexOf('*') + 1)..];
        var meant = below.StartsWith('.') ? below[1..] : text.LastIndexOf('*') == 0 ? below : below.Contains('.') ? below[(below.IndexOf('.') + 1)..] : "";
        return ("\"*\" stands only in front, as a whole label", Meant("*." + meant) ?? Kinds);
    }

    private static string? Meant(string pattern) =>
        TryParse(pattern, out _, out _) ? $"did you mean {YamlScalar.Quote(pattern)}?" : null;
}
