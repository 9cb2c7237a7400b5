// Why policies could not be put in force; what was in force before still is.

namespace Eider.Core.Policy;

public enum PolicyFault : byte
{
    /// <summary>Their files have errors.</summary>
    Files,

    /// <summary>More of something than a table holds; the message says of what.</summary>
    TooMany,

    /// <summary>A domain list cannot be read.</summary>
    ListUnreadable,

    /// <summary>Two policies for one workload contradict each other.</summary>
    Conflict,

    /// <summary>The kernel refused.</summary>
    Kernel,
}

/// <summary>The policies that were to be put in force are not, and nothing of them is.</summary>
/// <param name="message">One line for a person: the thing, the place where there is one, the mend.</param>
public sealed class PolicyException(PolicyFault fault, string message, Exception? cause = null) : Exception(message, cause)
{
    public PolicyFault Fault { get; } = fault;

    internal static PolicyException TooMany(string what, long count, long room, string mend) =>
        new(PolicyFault.TooMany, $"{what}: {count:N0}, and there is room for {room:N0}; {mend}");
}
