// eider respond lift: ends a response before its time.

using System.CommandLine;
using Eider.Core.Detect;
using Eider.Output;

namespace Eider.Cli;

internal static class RespondLiftVerb
{
    public static Verb Create()
    {
        var id = new Argument<string>("ID") { Description = "of the response, as `eider respond` shows it" };
        id.Validators.Add(static result =>
        {
            if (result.Tokens is [var token] && !AlertId.IsId(token.Value))
            {
                result.AddError($"\"{token.Value}\" is no id of a response; ids have {AlertId.Length} lower-case letters and digits, and `eider respond` shows them");
            }
        });
        var agent = new AgentOption();
        var verb = new Verb(
            "lift",
            "End a response now: the name may be asked for again, the workload may ask its own resolvers. The next alert may begin another; mute it to prevent that.",
            ("eider respond lift 0k3x81yq", "by the id that `eider respond` shows"))
        { id };
        agent.AddTo(verb);
        verb.Does(async (parsed, interruption) =>
        {
            using var client = agent.Connect(parsed);
            await using var body = await client.Delete($"/v1/responses/{parsed.GetValue(id)}", interruption.Token);
            using var reader = new StreamReader(body);
            using var json = RespondVerb.Parse(await reader.ReadToEndAsync(interruption.Token));
            await using var output = StandardOutput.OpenText();
            await output.WriteLineAsync(ActionText.Of(json.RootElement));
            return ExitCode.Ok;
        });
        return verb;
    }
}
