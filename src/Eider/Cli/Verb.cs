// What every verb has besides its options: examples in its help, and one way to run and to end.

using System.CommandLine;

namespace Eider.Cli;

/// <summary>A command with examples, shown below its options in help.</summary>
/// <param name="examples">Command line and what it does.</param>
internal sealed class Verb(string name, string description, params (string CommandLine, string Meaning)[] examples) : Command(name, description)
{
    public IReadOnlyList<(string CommandLine, string Meaning)> Examples { get; } = examples;

    /// <summary>True where help explains the filter language.</summary>
    public bool HasFilter { get; init; }

    /// <summary>Runs <paramref name="work"/>; it ends early, by its token, on SIGINT, SIGTERM and SIGHUP.</summary>
    public void Does(Func<ParseResult, Interruption, Task<int>> work) => SetAction(async parsed =>
    {
        using var interruption = new Interruption();
        return await work(parsed, interruption);
    });
}
