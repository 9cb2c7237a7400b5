// eider alerts explain: one finding, with its evidence, what it means and how to silence it.

using System.CommandLine;
using System.Text.Json;
using Eider.Core.Detect;
using Eider.Output;

namespace Eider.Cli;

internal static class AlertsExplainVerb
{
    public static Verb Create()
    {
        var id = IdOfAlert();
        var format = new FormatOption("text (default) or json", "text", "json");
        var agent = new AgentOption();
        var verb = new Verb(
            "explain",
            "Show everything about one finding: the evidence, why it matters, what else looks like it, and the mute for it.",
            ("eider alerts explain k3x81yq2", "by the id that `eider alerts` shows"),
            ("eider alerts explain k3x81yq2 -o json | jq .evidence", "for another program"))
        { id };
        format.AddTo(verb);
        agent.AddTo(verb);
        verb.Does(async (parsed, interruption) =>
        {
            using var client = agent.Connect(parsed);
            var json = await Fetch(client, parsed.GetValue(id)!, interruption.Token);
            await using var output = StandardOutput.OpenText();
            if (format.Word(parsed) == "json")
            {
                await output.WriteAsync(json);
                return ExitCode.Ok;
            }

            using var alert = Parse(json);
            new AlertReport(output, Style.ForStandardOutput, StandardOutput.TableWidth, TimeZoneInfo.Local).Write(alert.RootElement);
            return ExitCode.Ok;
        });
        return verb;
    }

    /// <summary>The id of an alert, in the form that ids have.</summary>
    public static Argument<string> IdOfAlert()
    {
        var id = new Argument<string>("ID") { Description = "of the alert, as `eider alerts` shows it" };
        id.Validators.Add(static result =>
        {
            if (result.Tokens is [var token] && !AlertId.IsId(token.Value))
            {
                result.AddError($"\"{token.Value}\" is no id of an alert; ids have {AlertId.Length} lower-case letters and digits, and `eider alerts` shows them");
            }
        });
        return id;
    }

    /// <exception cref="CliException">No agent answers, or it has no such alert.</exception>
    public static async Task<string> Fetch(ApiClient client, string id, CancellationToken cancellation)
    {
        await using var body = await client.Get($"/v1/alerts/{id}", cancellation);
        using var reader = new StreamReader(body);
        return await reader.ReadToEndAsync(cancellation);
    }

    public static JsonDocument Parse(string json)
    {
        try
        {
            return JsonDocument.Parse(json);
        }
        catch (JsonException broken)
        {
            throw new CliException(ExitCode.Failed, "agent", "it sent no alert", "check that the socket is an agent's", broken);
        }
    }
}
