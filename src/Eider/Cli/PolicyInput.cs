// Policy files for verbs that need them whole: every mistake is told, and then nothing is done.

using Eider.Core.Policy;
using Eider.Output;

namespace Eider.Cli;

internal static class PolicyInput
{
    /// <param name="workloads">Null where there are no pods.</param>
    /// <exception cref="CliException">A file cannot be used; every mistake has been written to standard error but the last, which the exception has.</exception>
    public static (PolicySet Policies, WorkloadDirectory Directory) Read(IReadOnlyList<string> paths, string? workloads)
    {
        var directory = WorkloadDirectory.Empty;
        if (workloads is not null)
        {
            directory = WorkloadFile.Load(workloads, out var mistakes) ?? throw Refusal(mistakes);
        }

        return (PolicyFile.Load(paths, out var diagnostics, workloads is null ? null : directory) ?? throw Refusal(diagnostics), directory);
    }

    /// <summary>Writes all but the last error to standard error.</summary>
    public static CliException Refusal(IReadOnlyList<PolicyDiagnostic> diagnostics)
    {
        var errors = diagnostics.Where(static diagnostic => diagnostic.Severity == PolicySeverity.Error).ToList();
        foreach (var error in errors.SkipLast(1))
        {
            Console.Error.WriteLine($"eider: {TerminalText.Escape(error.ToString())}");
        }

        return new CliException(ExitCode.BadInput, errors[^1].Place.ToString(), errors[^1].What, errors[^1].Mend ?? "docs/policy.md has every key");
    }
}
