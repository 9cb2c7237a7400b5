// eider policy: policies before they are put in force.

using System.CommandLine;
using Eider.Core.Policy;

namespace Eider.Cli;

internal static class PolicyVerb
{
    public static Command Create() => new Command("policy", "Check, explain and test policies.")
    {
        PolicyValidateVerb.Create(), PolicyExplainVerb.Create(), PolicyTestVerb.Create(), Schema(),
    };

    private static Verb Schema()
    {
        var verb = new Verb(
            "schema",
            "Print the JSON Schema of the policy language, by which editors complete and check.",
            ("eider policy schema > policy.schema.json", "for an editor; docs/policy.md says how it is told"));
        verb.SetAction(static _ =>
        {
            using var output = StandardOutput.OpenText();
            output.Write(PolicySchema.ToJson());
            return ExitCode.Ok;
        });
        return verb;
    }
}
