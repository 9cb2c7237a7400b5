namespace Eider.Cli;

/// <summary>Ends a verb with one line that a person can act on: the thing, what is wrong with it, and the mend.</summary>
public sealed class CliException(int exitCode, string thing, string what, string mend, Exception? inner = null)
    : Exception($"{thing}: {what}; {mend}", inner)
{
    /// <summary>One of <see cref="Cli.ExitCode"/>.</summary>
    public int ExitCode { get; } = exitCode;
}
