// Why a list cannot be used at all. Values, since a bad list is an expected outcome.

namespace Eider.Core.Lists;

public enum ListFault : byte
{
    NotFound,

    /// <summary>The operating system refused to open or to read it.</summary>
    Unreadable,

    /// <summary>Not text: it has NUL octets, or starts as an archive or an executable does.</summary>
    Binary,

    /// <summary>Text, but in UTF-16.</summary>
    Utf16,

    /// <summary>A web page: what servers send in place of a file that they do not have.</summary>
    WebPage,

    /// <summary>Its format is not certain enough from its first lines.</summary>
    FormatUnknown,

    /// <summary>Its compressed data ends early.</summary>
    Truncated,

    /// <summary>Its compressed data contradicts itself.</summary>
    Damaged,
    TooLarge,

    /// <summary>It holds no name, or no address.</summary>
    Empty,

    /// <summary>A line of a list of addresses that is none: such a list is taken whole or not at all.</summary>
    NoAddress,

    /// <summary>The server, or the way to it, failed, or it answered with something else than a list.</summary>
    Unreachable,

    /// <summary>Not the content that the specification's SHA-256 names.</summary>
    WrongContent,

    /// <summary>The copy could not be written.</summary>
    NotStored,
}

/// <param name="Message">One line for a person: the list, the place and what to do.</param>
public sealed record ListError(ListFault Fault, string Message)
{
    public override string ToString() => Message;
}
