// What the kernel sensor tells Enrich of processes. Valid only during the call they are passed to; texts end at NUL or with the span.

namespace Eider.Core.Enrich;

/// <summary>A process became another program.</summary>
public readonly ref struct ExecRecord
{
    /// <summary>Thread group id in the initial pid namespace, as every pid here.</summary>
    public required int Pid { get; init; }

    public required int ParentPid { get; init; }

    /// <summary>Start of the process (not of the program), nanoseconds of CLOCK_BOOTTIME.</summary>
    public required ulong StartTimeNs { get; init; }

    public required ReadOnlySpan<byte> Comm { get; init; }

    /// <summary>Of the binary, from the root of its mount namespace; where that is too long, as given to execve: it may be relative then, or a script's.</summary>
    public required ReadOnlySpan<byte> Path { get; init; }

    /// <summary>Arguments, each with its NUL; empty where they could not be read.</summary>
    public required ReadOnlySpan<byte> Args { get; init; }

    /// <summary>There are more arguments than these.</summary>
    public bool ArgsCut { get; init; }
}

/// <summary>A process was made; its program is its parent's until it becomes another.</summary>
public readonly ref struct ForkRecord
{
    /// <summary>Of the new process; not of a thread.</summary>
    public required int Pid { get; init; }

    public required int ParentPid { get; init; }

    /// <inheritdoc cref="ExecRecord.StartTimeNs"/>
    public required ulong StartTimeNs { get; init; }

    public required ReadOnlySpan<byte> Comm { get; init; }
}
