// Which entries of which lists speak of a name: what a person asks who wonders why it is blocked.

using System.Text;
using Eider.Core.Policy;

namespace Eider.Core.Lists;

/// <param name="Entry">As the list has it, in lower case and A-labels.</param>
/// <param name="Line">Of the list, from 1.</param>
public readonly record struct ListHit(string List, string Entry, NameMatch Match, ListAction Action, bool IsImportant, ListReply Reply, long Line);

public static class ListSearch
{
    /// <summary>Reads every list of a store through.</summary>
    /// <param name="errors">Takes what is wrong with lists that could not be read to their end; their hits so far are among the hits.</param>
    /// <inheritdoc cref="Find(DomainListReader, string, string, CancellationToken)"/>
    public static IReadOnlyList<ListHit> Find(ListStore store, string name, ICollection<ListError> errors, CancellationToken cancellation = default)
    {
        var hits = new List<ListHit>();
        foreach (var list in store.All)
        {
            if (!store.TryOpen(list.Name, out var reader, out var error))
            {
                errors.Add(error);
                continue;
            }

            using (reader)
            {
                hits.AddRange(Find(reader, list.Name, name, cancellation));
                if (reader.Error is { } failure)
                {
                    errors.Add(failure);
                }
            }
        }

        return hits;
    }

    /// <summary>Reads a list through; about a tenth of a second for a million names.</summary>
    /// <param name="reader">Read to its end; <see cref="DomainListReader.Error"/> tells whether that was the list's. Not disposed of.</param>
    /// <param name="name">As people write names: any case, with or without a final dot, also with letters beyond ASCII.</param>
    /// <returns>Every entry that covers the name, in the list's order. None for what is no name.</returns>
    public static IReadOnlyList<ListHit> Find(DomainListReader reader, string list, string name, CancellationToken cancellation = default)
    {
        Span<byte> buffer = stackalloc byte[ListName.MaxLength];
        if (ListName.Normalise(Encoding.UTF8.GetBytes(name), buffer, out var length) != LineFault.None)
        {
            return [];
        }

        var wanted = buffer[..length];
        var hits = new List<ListHit>();
        while (reader.TryRead(out var entry))
        {
            if (entry.Covers(wanted))
            {
                hits.Add(new ListHit(list, Encoding.ASCII.GetString(entry.Name), entry.Match, entry.Action, entry.IsImportant, entry.Reply, entry.Line));
            }

            if ((reader.Import.Names & 0xffff) == 0)
            {
                cancellation.ThrowIfCancellationRequested();
            }
        }

        return hits;
    }
}
