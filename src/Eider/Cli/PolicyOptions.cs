// --policy, --workloads and --lists: what is enforced, or asked about; else what the configuration says.

using System.CommandLine;
using Eider.Core.Config;

namespace Eider.Cli;

internal sealed class PolicyOptions
{
    private readonly Option<string[]> _policy;
    private readonly Option<string?> _workloads = new("--workloads") { Description = "file that tells of pods, for policies that select them; default is policy.workloads of the configuration", HelpName = "FILE" };

    /// <param name="meaning">Of the policies given.</param>
    public PolicyOptions(string meaning) => _policy = new Option<string[]>("--policy", "-p")
    {
        Description = $"{meaning}; default is policy.paths of the configuration",
        HelpName = "PATH",
        AllowMultipleArgumentsPerToken = true,
    };

    public void AddTo(Command command)
    {
        command.Add(_policy);
        command.Add(_workloads);
    }

    /// <summary>Null where neither the command line nor the configuration names policies.</summary>
    public PolicySource? Read(ParseResult parsed, EiderConfig config)
    {
        var paths = parsed.GetValue(_policy) is { Length: > 0 } given ? given : [.. config.Policy.Paths];
        return paths.Length == 0 ? null : new PolicySource(paths, parsed.GetValue(_workloads) ?? config.Policy.Workloads, config.Policy.Lists);
    }
}
