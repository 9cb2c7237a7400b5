// A scene of make demo: a finding has a name denied to the workload that was alerted, for a time.

namespace Eider.Lab;

/// <summary>Says whether each step went as it should.</summary>
/// <param name="program">Path of eider.</param>
/// <param name="policy">File of the policies.</param>
/// <param name="guarded">Selected by a policy that responds.</param>
/// <param name="other">Selected by none that does.</param>
/// <param name="expect">Of the story.</param>
internal sealed class RespondScene(string program, AgentProcess agent, string policy, Pod guarded, Pod other, string server, Action<string, string[]> expect)
{
    /// <param name="name">Hijacked already, and protected.</param>
    public void Play(string name)
    {
        Story.Title($"A response: the policy of \"{guarded.Name}\" has a hijacked name denied to it for ten minutes");
        expect($"{guarded.Name}: {Dig.Ask(guarded, server, name)}", [Attacker.Lie]);
        var started = agent.WaitForEvent("the response", seen => seen is { Kind: "action", Step: "started" } && seen.IsFor(name));
        expect($"{guarded.Name}, again: {Dig.Ask(guarded, server, name)}", ["NXDOMAIN", "EDE: 15"]);
        expect($"{other.Name}: {Dig.Ask(other, server, name)}", [Attacker.Lie]);

        Story.Title("eider respond");
        var listed = Run("respond");
        Console.Write(listed);
        expect("it is listed with the time that it has left", listed.Contains(started.ActionId!, StringComparison.Ordinal) ? [] : ["its id"]);

        Story.Title("eider policy explain");
        var explained = Run("policy", "explain", "--policy", policy, "--subject", $"podUid={guarded.Uid}", "--name", name);
        Story.Show(explained.Split('\n', StringSplitOptions.RemoveEmptyEntries));
        expect("it names the response", explained.Contains($"as response {started.ActionId}", StringComparison.Ordinal) ? [] : ["its id"]);

        Story.Title($"eider respond lift {started.ActionId}");
        Console.Write(Run("respond", "lift", started.ActionId!));
        expect($"{guarded.Name}: {Dig.Ask(guarded, server, name)}", [Attacker.Lie]);
    }

    private string Run(params string[] arguments) => Command.Run(program, [.. arguments, "--config", agent.ConfigPath]).MustSucceed($"eider {arguments[0]}").Output;
}
