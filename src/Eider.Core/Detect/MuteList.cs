// What a user has looked at and does not want to hear of again.

using Eider.Core.Filters;
using Eider.Core.Policy;
using Eider.Core.Policy.Language;
using NamePattern = Eider.Core.Policy.NamePattern;

namespace Eider.Core.Detect;

/// <summary>Every part that is given must match.</summary>
/// <param name="Detection">An id; null: any.</param>
/// <param name="Name">A name or, with <c>*.</c>, all below one; null: any.</param>
/// <param name="Workload">As <see cref="WorkloadName"/> has it, with * and ?; null: any.</param>
/// <param name="UntilNs">Nanoseconds since the Unix epoch, on the clock of events; null: for good.</param>
/// <param name="Place">Where it is written.</param>
public sealed record Mute(
    string? Detection, NamePattern? Name, string? Workload, IpPrefix? Client, IpPrefix? Source, long? UntilNs, string? Reason, Place Place)
{
    /// <summary>Of a finding at its own time: a mute that has expired matches nothing later.</summary>
    /// <param name="message">What gave rise to it; its server is the source.</param>
    public bool Matches(string detection, DnsEvent message, Identity victim) =>
        (Detection is null || Detection == detection)
        && (UntilNs is not { } until || message.TimeNs < until)
        && (Client is not { } client || client.Contains(message.Client.Address))
        && (Source is not { } source || source.Contains(message.Server.Address))
        && (Name is not { } name || Matches(name, message.Name))
        && (Workload is not { } pattern || (WorkloadName.Of(victim) is { } text && new Glob(pattern, ignoreCase: false).Matches(text)));

    private static bool Matches(NamePattern pattern, string? name) =>
        name is not null && (pattern.Suffix ? name.Length > pattern.Name.Length && NameText.IsWithin(name, pattern.Name) : name.Equals(pattern.Name, StringComparison.OrdinalIgnoreCase));
}

/// <summary>Immutable and safe to use from any thread.</summary>
public sealed class MuteList(IReadOnlyList<Mute> mutes)
{
    public static readonly MuteList Empty = new([]);

    public IReadOnlyList<Mute> Mutes { get; } = mutes;

    /// <summary>The first that silences the finding; null where none does.</summary>
    public Mute? Find(string detection, DnsEvent message, Identity victim)
    {
        foreach (var mute in Mutes)
        {
            if (mute.Matches(detection, message, victim))
            {
                return mute;
            }
        }

        return null;
    }
}

/// <summary>The entry that silences an alert and nothing else, ready for a file of mutes.</summary>
internal static class MuteText
{
    public static string For(string detection, Sighting sighting)
    {
        var parts = new List<string> { $"detection: {detection}" };
        if (sighting.Event.Name is { } name && NamePatternSyntax.TryParse(name, out _, out _))
        {
            parts.Add($"name: {Quote(name.ToLowerInvariant())}");
        }

        parts.Add(WorkloadName.Of(sighting.Victim) is { } workload ? $"workload: {Quote(workload)}" : $"client: {Quote(sighting.Event.Client.Address.ToString())}");
        parts.Add($"source: {Quote(sighting.Event.Server.Address.ToString())}");
        return $"- {{{string.Join(", ", parts)}}}";
    }

    /// <summary>Plain where that can only be read as this text, else in double quotes (YAML 1.2.2 7.3.1) on one line.</summary>
    public static string Quote(string text) => text.Contains('.') && char.IsAsciiLetterOrDigit(text[0]) && text.All(static c => char.IsAsciiLetterOrDigit(c) || c is '.' or '-' or '_')
        ? text
        : $"\"{string.Concat(text.Select(static c => c is '\\' or '"' ? $"\\{c}" : c is >= ' ' and <= '~' ? c.ToString() : $"\\u{(int)c:x4}"))}\"";
}
