// What was done about the packets of one finding, all of them together.

using System.Globalization;

namespace Eider.Core.Detect;

/// <param name="Dropped">Before their sockets received them.</param>
/// <param name="Denied">For what they say.</param>
/// <param name="Undelivered">Nothing listens on their ports.</param>
/// <param name="Received">By their sockets.</param>
public readonly record struct PacketDeeds(long Dropped, long Denied, long Undelivered, long Received)
{
    /// <summary>Of each the key in an alert's evidence, and its words with a number in front.</summary>
    public static readonly IReadOnlyList<(string Key, string Words)> Told =
    [
        ("packets_dropped", "dropped before a socket received them"),
        ("packets_denied", "denied for what they say"),
        ("packets_undelivered", "went to ports that nothing listens on"),
        ("packets_received", "received by their sockets"),
    ];

    public PacketDeeds With(AlertAction action, bool isUndelivered) => action switch
    {
        AlertAction.Dropped => this with { Dropped = Dropped + 1 },
        AlertAction.Denied => this with { Denied = Denied + 1 },
        _ when isUndelivered => this with { Undelivered = Undelivered + 1 },
        _ => this with { Received = Received + 1 },
    };

    /// <summary>The same facts with these numbers; of a single packet the alert's action tells.</summary>
    public IReadOnlyList<Evidence> In(IReadOnlyList<Evidence> facts)
    {
        long[] counts = [Dropped, Denied, Undelivered, Received];
        return counts.Sum() < 2
            ? facts
            : [.. facts.Where(static fact => Told.All(told => told.Key != fact.Key)),
               .. Told.Zip(counts).Where(static pair => pair.Second > 0).Select(static pair => new Evidence(pair.First.Key, pair.Second.ToString(CultureInfo.InvariantCulture)))];
    }
}
