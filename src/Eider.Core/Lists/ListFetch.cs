// What came of asking a list's source.

namespace Eider.Core.Lists;

public enum FetchOutcome : byte
{
    /// <summary>The copy is what the source has.</summary>
    Unchanged,

    /// <summary>There is a new copy.</summary>
    Updated,

    /// <summary>The last copy, where there is one, stays in force.</summary>
    Failed,
}

/// <param name="Stored">What is in force now; null where there never was a good copy.</param>
/// <param name="Import">The report of a new copy.</param>
/// <param name="Error">Why it failed.</param>
/// <param name="Warning">What a person should look at though it went well; one line.</param>
public sealed record ListFetch(string List, FetchOutcome Outcome, StoredList? Stored, ListImport? Import = null, ListError? Error = null, string? Warning = null)
{
    /// <summary>One line for a person, with what is in force now.</summary>
    public override string ToString() => (Outcome, Stored) switch
    {
        (FetchOutcome.Failed, null) => $"{Error}; there is no earlier copy, so the list is empty",
        (FetchOutcome.Failed, _) => $"{Error}; the copy of {Stored.Fetched:yyyy-MM-dd HH:mm}Z with {Stored.Names:N0} {Entries} stays in force",
        (FetchOutcome.Updated, _) => $"list {List}: {Stored!.Names:N0} {Entries}{(Warning is null ? "" : $"; {Warning}")}",
        _ => $"list {List}: unchanged, {Stored?.Names ?? 0:N0} {Entries}",
    };

    private string Entries => Stored?.Format == Policy.ListFormat.Addresses ? "ranges" : "names";
}
