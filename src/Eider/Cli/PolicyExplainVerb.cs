// eider policy explain: what would become of a query, and by which rule, as the kernel itself judges it.

using System.CommandLine;
using System.CommandLine.Parsing;
using Eider.Bpf;
using Eider.Core;
using Eider.Core.Decode;
using Eider.Core.Policy;
using Eider.Output;

namespace Eider.Cli;

internal static class PolicyExplainVerb
{
    public static Verb Create()
    {
        var subject = new Option<string>("--subject") { Description = $"who asks: {PolicySubject.Forms}", HelpName = "SUBJECT", Required = true };
        var name = new Option<string>("--name") { Description = "name asked for", HelpName = "NAME", Required = true };
        var type = new Option<string>("--type") { Description = "type asked for", HelpName = "TYPE", DefaultValueFactory = static _ => "A" };
        var server = new Option<string?>("--server") { Description = "address of the server asked; default is one that may be asked", HelpName = "ADDRESS" };
        name.Validators.Add(static result => Check(result, static value => QuestionName.TryRead(value, out _, out var fault) ? null : fault));
        type.Validators.Add(static result => Check(result, static value => TypeOf(value) is null ? "types are named as in RFC 1035, or TYPE123" : null));
        server.Validators.Add(static result => Check(result, static value => IpAddress.TryParse(value, out _) ? null : "write an address, e.g. 10.0.0.53"));
        var policies = new PolicyOptions("policy files, or folders of them");
        var agent = new AgentOption();
        var format = new FormatOption("text (default) or json", "text", "json");
        var verb = new Verb(
            "explain",
            "Say which rule decides on a query and why. The kernel's own program judges it, in tables of its own, so this needs root; nothing that is in force is touched and nobody is asked.",
            ("eider policy explain -p policies/ --subject unit=nginx.service --name ads.example", "of a service of this machine"),
            ("eider policy explain -p policies/ --workloads pods.yaml --subject pod=shop/web-0 --name ads.example --type AAAA --server 10.96.0.10", "of a pod that asks this server"),
            ("eider policy explain --subject cgroup=/user.slice,user=alice --name ads.example -o json", "by the policies of the configuration, for another program"));
        verb.Add(subject);
        verb.Add(name);
        verb.Add(type);
        verb.Add(server);
        policies.AddTo(verb);
        agent.AddTo(verb);
        format.AddTo(verb);
        verb.Does((parsed, interruption) => Explain(
            policies.Read(parsed, agent.ReadConfig(parsed)),
            agent.SocketOf(parsed),
            new Question(parsed.GetValue(subject)!, NameOf(parsed.GetValue(name)!), TypeOf(parsed.GetValue(type)!)!.Value, AddressOf(parsed.GetValue(server))),
            format.Word(parsed) == "json",
            interruption.Token));
        return verb;
    }

    private sealed record Question(string Subject, string Name, ushort Type, IpAddress? Server);

    private static async Task<int> Explain(PolicySource? source, string socket, Question question, bool asJson, CancellationToken cancellation)
    {
        if (source is null)
        {
            throw new CliException(ExitCode.Usage, "policy explain", "no policies are named", "name them with --policy, or as policy.paths of the configuration");
        }

        using var trial = await PolicyTrial.LoadAsync("policy explain", source, CgroupV2.Find(), cancellation);
        var explanation = trial.Ask(question.Subject, question.Name, question.Type, question.Server, out var error)
            ?? throw new CliException(ExitCode.Usage, "--subject", error!, "see `eider policy explain --help`");
        var inForce = explanation.Responses.IsEmpty ? [] : await ResponsesInForce.Of(socket, trial.CgroupsOf(question.Subject), cancellation);
        if (inForce is { Count: > 0 })
        {
            explanation = trial.During(question.Subject, question.Name, question.Type, question.Server, explanation, inForce, TimeProvider.System.GetUtcNow());
        }

        await using var output = StandardOutput.OpenText();
        if (asJson)
        {
            ExplanationJson.Write(output.BaseStream, question.Subject, question.Name, question.Type, question.Server, explanation);
        }
        else
        {
            Write(output, explanation, trial.Diagnostics, Style.ForStandardOutput);
            if (inForce is null)
            {
                output.WriteLine(TerminalText.Escape($"  no agent answers on {socket}, so which responses are in force is not known"));
            }
        }

        return ExitCode.Ok;
    }

    private static void Write(TextWriter output, PolicyExplanation explanation, IReadOnlyList<PolicyDiagnostic> diagnostics, Style style)
    {
        var head = TerminalText.Escape(explanation.Lines[0]);
        output.WriteLine(explanation.Action == VerdictAction.Deny ? style.Red(head) : style.Green(head));
        foreach (var line in explanation.Lines.Skip(1))
        {
            output.WriteLine(TerminalText.Escape(line));
        }

        foreach (var diagnostic in diagnostics)
        {
            output.WriteLine(style.Yellow(TerminalText.Escape($"  {diagnostic}")));
        }
    }

    /// <summary>Checked already.</summary>
    private static string NameOf(string text) => QuestionName.TryRead(text, out var name, out _) ? name : text;

    private static ushort? TypeOf(string text) => (ushort.TryParse(text, out var type) || RecordType.TryParse(text, out type)) && type != 0 ? type : null;

    private static IpAddress? AddressOf(string? text) => text is not null && IpAddress.TryParse(text, out var address) ? address : null;

    private static void Check(OptionResult result, Func<string, string?> mend)
    {
        if (result.Tokens is [var token] && mend(token.Value) is { } why)
        {
            result.AddError($"{result.Option.Name}: \"{token.Value}\" cannot be asked; {why}");
        }
    }
}
