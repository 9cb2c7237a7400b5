// How far a long import has come.

namespace Eider.Core.Lists;

public enum ListStage : byte
{
    Fetching,
    Reading,
}

/// <param name="Octets">Of the file as stored or sent, so far.</param>
/// <param name="TotalOctets">Null where the source does not say.</param>
/// <param name="Names">Read so far.</param>
public readonly record struct ListProgress(string List, ListStage Stage, long Octets, long? TotalOctets, long Names);
