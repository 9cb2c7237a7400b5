using System.Diagnostics;
using System.Text.RegularExpressions;
using Eider.Cli;
using Eider.Core.Sensors;
using Xunit;

namespace Eider.Tests.Cli;

public sealed class SmallVerbTests : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("eider-cli-").FullName;

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    [Fact]
    public async Task Version_names_product_kernel_interface_and_libbpf()
    {
        var run = await EiderProcess.Run("version");

        Assert.Equal(ExitCode.Ok, run.ExitCode);
        Assert.Matches(@"^eider   \d+\.\d+\.\d+", run.Output);
        Assert.Contains($"abi     {PinDirectory.AbiVersion}\n", run.Output, StringComparison.Ordinal);
        Assert.Contains("libbpf  ", run.Output, StringComparison.Ordinal);
    }

    [Fact]
    public void Version_of_the_kernel_interface_is_that_of_its_header()
    {
        var header = File.ReadAllText(RepositoryFiles.PathOf("bpf/abi.h"));

        Assert.Equal(PinDirectory.AbiVersion.ToString(), Regex.Match(header, @"#define EIDER_ABI_VERSION (\d+)").Groups[1].Value);
    }

    [Fact]
    public async Task Config_shown_is_a_config_that_is_right()
    {
        var shown = await EiderProcess.Run("config", "show", "--config", Written("empty.yaml", ""));
        var path = Written("shown.yaml", shown.Output);

        var run = await EiderProcess.Run("config", "check", path);

        Assert.Equal((ExitCode.Ok, $"{path}: right\n", ""), (run.ExitCode, run.Output, run.Error));
    }

    [Theory]
    [InlineData("config", "check")]
    [InlineData("run", "--config")]
    [InlineData("observe", "--config")]
    public async Task Config_with_mistakes_is_refused_with_every_place(string verb, string option)
    {
        var path = Written("wrong.yaml", "dns: {prots: [53]}\nlog: {level: loud}\n");

        var run = await EiderProcess.Run(verb, option, path);

        Assert.Equal(ExitCode.BadInput, run.ExitCode);
        Assert.Contains("wrong.yaml:1:7", run.Error, StringComparison.Ordinal);
        Assert.Contains("wrong.yaml:2:14", run.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", run.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("observe")]
    [InlineData("top")]
    [InlineData("status")]
    public async Task Without_an_agent_the_exit_code_is_5_and_the_mend_is_told(string verb)
    {
        var socket = Path.Combine(_directory, "none.sock");

        var run = await EiderProcess.Run(verb, "--socket", socket);

        Assert.Equal(ExitCode.AgentNotRunning, run.ExitCode);
        Assert.Equal($"eider: {socket}: no agent answers; start one with `eider run`, or name its socket with --socket\n", run.Error);
    }

    [Fact]
    public async Task Bash_completes_verbs_options_and_values()
    {
        var script = Written("complete.bash", $$"""
            source <("{{AppContext.BaseDirectory}}eider" completion bash)
            complete_line() {
                COMP_LINE="$1"; COMP_POINT=${#1}; read -ra COMP_WORDS <<< "$1"
                [[ "$1" == *" " ]] && COMP_WORDS+=("")
                COMP_CWORD=$(( ${#COMP_WORDS[@]} - 1 ))
                _eider
                echo "${COMPREPLY[@]}"
            }
            PATH="{{AppContext.BaseDirectory}}:$PATH"
            complete_line "eider obs"
            complete_line "eider observe --fo"
            complete_line "eider observe --role "
            complete_line "eider replay -o summ"

            """);
        using var bash = Process.Start(new ProcessStartInfo("bash", ["--norc", script]) { RedirectStandardOutput = true })!;

        var lines = (await bash.StandardOutput.ReadToEndAsync()).Split('\n');

        Assert.Equal(["observe", "--follow", "all client server", "summary summary-json"], lines[..4]);
    }

    [Theory]
    [InlineData("zsh", "compdef _eider eider")]
    [InlineData("fish", "complete -c eider")]
    public async Task Other_shells_have_their_script(string shell, string expected) =>
        Assert.Contains(expected, (await EiderProcess.Run("completion", shell)).Output, StringComparison.Ordinal);

    [Fact]
    public async Task Doctor_says_of_each_thing_whether_it_is_needed_and_its_exit_code_agrees()
    {
        var run = await EiderProcess.Run("doctor", "-o", "json");

        var results = System.Text.Json.JsonDocument.Parse(run.Output).RootElement.EnumerateArray().ToList();
        Assert.Contains(results, static result => result.GetProperty("name").GetString() == "capabilities");
        Assert.All(results, static result => Assert.Equal(!result.GetProperty("available").GetBoolean(), result.TryGetProperty("mend", out _)));
        var isMissing = results.Any(static result => result.GetProperty("needed").GetBoolean() && !result.GetProperty("available").GetBoolean());
        Assert.Equal(isMissing ? ExitCode.MissingPrivilege : ExitCode.Ok, run.ExitCode);
    }

    [Fact]
    public void Doctor_needs_only_what_the_probes_try()
    {
        var tried = Eider.Bpf.BpfProbe.All().Select(static result => result.Name);

        Assert.Equal([], DoctorVerb.Needed.Except(tried));
    }

    private string Written(string name, string content)
    {
        var path = Path.Combine(_directory, name);
        File.WriteAllText(path, content);
        return path;
    }
}
