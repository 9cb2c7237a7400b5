// Which exchanges are open over which TCP connection.

namespace Eider.Core.Transactions;

/// <summary>Each connection's open exchanges as a list that runs through the entries, so that it needs no room of its own.</summary>
internal sealed class TransactionConnections(TransactionEntries entries)
{
    private readonly TransactionEntries entries = entries;

    /// <summary>The youngest exchange of each connection.</summary>
    private readonly Dictionary<TransactionKey, int> youngest = [];

    /// <param name="key">Of any exchange of the connection.</param>
    /// <returns>The youngest exchange, or <see cref="TransactionEntries.None"/>.</returns>
    public int Youngest(in TransactionKey key) => youngest.GetValueOrDefault(key with { Id = 0 }, TransactionEntries.None);

    public void Add(int index)
    {
        ref var entry = ref entries[index];
        var connection = entry.Key with { Id = 0 };
        entry.LaterOnConnection = TransactionEntries.None;
        entry.EarlierOnConnection = youngest.GetValueOrDefault(connection, TransactionEntries.None);
        if (entry.EarlierOnConnection != TransactionEntries.None)
        {
            entries[entry.EarlierOnConnection].LaterOnConnection = index;
        }

        youngest[connection] = index;
    }

    public void Remove(int index)
    {
        ref var entry = ref entries[index];
        if (entry.EarlierOnConnection != TransactionEntries.None)
        {
            entries[entry.EarlierOnConnection].LaterOnConnection = entry.LaterOnConnection;
        }

        if (entry.LaterOnConnection != TransactionEntries.None)
        {
            entries[entry.LaterOnConnection].EarlierOnConnection = entry.EarlierOnConnection;
        }
        else if (entry.EarlierOnConnection != TransactionEntries.None)
        {
            youngest[entry.Key with { Id = 0 }] = entry.EarlierOnConnection;
        }
        else
        {
            youngest.Remove(entry.Key with { Id = 0 });
        }
    }
}
