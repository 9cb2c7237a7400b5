// eider completion: scripts that let shells complete verbs, options and values by asking this binary.

using System.CommandLine;

namespace Eider.Cli;

internal static class CompletionVerb
{
    private const string Bash = """
        # bash completion for eider: source <(eider completion bash)
        _eider() {
            local word="${COMP_WORDS[COMP_CWORD]}" candidate
            COMPREPLY=()
            while IFS= read -r candidate; do
                [[ "$candidate" == "$word"* ]] && COMPREPLY+=("$candidate")
            done < <("${COMP_WORDS[0]}" "[suggest:$COMP_POINT]" "$COMP_LINE" 2>/dev/null)
        }
        complete -o default -F _eider eider

        """;

    private const string Zsh = """
        #compdef eider
        # zsh completion for eider: source <(eider completion zsh), or save as _eider in a directory of $fpath
        _eider() {
            local -a candidates
            candidates=("${(@f)$("${words[1]}" "[suggest:$CURSOR]" "$BUFFER" 2>/dev/null)}")
            candidates=("${(@)candidates:#}")
            if (( ${#candidates} )); then
                compadd -a candidates
            else
                _files
            fi
        }
        if [ "$funcstack[1]" = "_eider" ]; then
            _eider "$@"
        else
            compdef _eider eider
        fi

        """;

    private const string Fish = """
        # fish completion for eider: eider completion fish | source
        function __eider_complete
            set -l line (commandline -cp)
            eider "[suggest:"(string length -- "$line")"]" "$line" 2>/dev/null
        end
        complete -c eider -a '(__eider_complete)'

        """;

    public static Verb Create()
    {
        var shell = new Argument<string>("SHELL") { Description = "bash, zsh or fish" };
        shell.AcceptOnlyFromAmong("bash", "zsh", "fish");
        shell.CompletionSources.Add("bash", "zsh", "fish");
        var verb = new Verb(
            "completion",
            "Print a script that lets a shell complete eider's command lines.",
            ("source <(eider completion bash)", "complete in this bash"),
            ("eider completion fish > ~/.config/fish/completions/eider.fish", "complete in every fish to come"));
        verb.Add(shell);
        verb.SetAction(parsed =>
        {
            using var output = StandardOutput.OpenText();
            output.Write(parsed.GetValue(shell) switch { "zsh" => Zsh, "fish" => Fish, _ => Bash });
            return ExitCode.Ok;
        });
        return verb;
    }
}
