using System.CommandLine;
using Eider.Cli;
using Xunit;

namespace Eider.Tests.Cli;

public sealed class CommandTreeTests
{
    [Theory]
    [InlineData("rum", "did you mean `run`?")]
    [InlineData("observ --follow", "did you mean `observe`?")]
    [InlineData("observe --folow", "did you mean `--follow`?")]
    [InlineData("observe --last many", "--last: \"many\" is not a number up to 100000")]
    [InlineData("observe --since yesterday", "--since: \"yesterday\" is not a time")]
    [InlineData("observe --type AAA", "--type: unknown record type \"AAA\"; did you mean \"AAAA\"?")]
    [InlineData("observe --client 10.0.0", "--client: \"10.0.0\" is no address or range")]
    [InlineData("observe -o jsn", "-o: unknown form \"jsn\"; did you mean \"json\"?")]
    [InlineData("observe --role both", "--role: unknown role \"both\"; write client, server or all")]
    [InlineData("observe --kind query,answer", "--kind: column 7: unknown kind \"answer\"")]
    [InlineData("top --for ever", "--for: \"ever\" is no length of time")]
    [InlineData("status --measure much", "--measure: \"much\" is no length of time")]
    [InlineData("replay", "argument 'FILE' missing")]
    [InlineData("replay --nmae x a.pcap", "unknown option \"--nmae\"")]
    [InlineData("replay --ports 53,x a.pcap", "--ports: \"53,x\" is no list of ports")]
    [InlineData("completion powershell", "bash")]
    [InlineData("config", "see `eider config --help`")]
    [InlineData("observe --verdict denz", "--verdict: unknown verdict \"denz\"; did you mean \"deny\"?")]
    [InlineData("policy valdate", "did you mean `validate`?")]
    [InlineData("policy validate", "argument 'PATH' missing")]
    [InlineData("policy explain --name a.example", "'--subject' is required")]
    [InlineData("policy explain --subject all --name a..b", "--name: \"a..b\" cannot be asked; names are labels of 1 to 63 octets")]
    [InlineData("policy explain --subject all --name a.b --type AAX", "--type: \"AAX\" cannot be asked")]
    [InlineData("policy explain --subject all --name a.b --server ns1", "--server: \"ns1\" cannot be asked; write an address")]
    [InlineData("lists add x", "a list comes from one source; give --file or --url")]
    [InlineData("lists add x --file a --url https://lists.example/", "a list comes from one source; give --file or --url")]
    [InlineData("lists add X --file a", "\"X\" is no list's name")]
    [InlineData("lists add ../x --file a", "\"../x\" is no list's name")]
    [InlineData("lists add x --url ftp://lists.example/", "--url: \"ftp://lists.example/\" is no http or https URL")]
    [InlineData("lists add x --file a --format host", "--format: unknown format \"host\"; did you mean \"hosts\"?")]
    [InlineData("lists add x --file a --match all", "--match: unknown match \"all\"; write subdomains or exact")]
    [InlineData("lists add x --file a --max-size 5", "--max-size: \"5\" is no size")]
    [InlineData("lists check https://a.example/", "\"https://a.example/\" is no name")]
    public async Task Mistake_on_the_command_line_is_one_line_with_a_mend_and_exit_code_2(string line, string expected)
    {
        var run = await EiderProcess.Run(line.Split(' '));

        Assert.Equal(ExitCode.Usage, run.ExitCode);
        Assert.Contains(expected, run.Error, StringComparison.Ordinal);
        Assert.StartsWith("eider: ", run.Error, StringComparison.Ordinal);
        Assert.Single(run.Error.TrimEnd('\n').Split('\n'));
        Assert.Empty(run.Output);
    }

    [Fact]
    public async Task Mistake_in_a_filter_is_named_with_its_column()
    {
        var run = await EiderProcess.Run("observe", "--filter", "nmae=x");

        Assert.Equal(ExitCode.Usage, run.ExitCode);
        Assert.Equal("eider: observe: --filter: column 1: unknown field \"nmae\"; did you mean \"name\"?\n", run.Error);
    }

    [Fact]
    public async Task Without_a_verb_help_is_shown()
    {
        var run = await EiderProcess.Run();

        Assert.Equal(ExitCode.Usage, run.ExitCode);
        Assert.Contains("observe", run.Output, StringComparison.Ordinal);
        Assert.Contains("Exit codes:", run.Output, StringComparison.Ordinal);
    }

    [Fact]
    public void Every_verb_has_a_description_and_examples_that_parse()
    {
        var verbs = Verbs(CommandTree.Create()).ToList();

        Assert.Equal(["add", "alerts", "check", "check", "completion", "doctor", "explain", "explain", "info", "lift", "mute", "mutes", "observe", "remove", "replay", "respond", "run", "schema", "show", "stats", "status", "test", "top", "uninstall", "validate", "version"], verbs.Select(static verb => verb.Name).Order());
        Assert.All(verbs, static verb =>
        {
            Assert.NotEmpty(verb.Description!);
            Assert.NotEmpty(verb.Examples);
            Assert.All(verb.Examples, static example => Assert.Empty(CommandTree.Create().Parse(EiderPart(example.CommandLine)).Errors));
        });
    }

    [Theory]
    [InlineData("run")]
    [InlineData("observe")]
    [InlineData("alerts")]
    [InlineData("top")]
    [InlineData("replay")]
    public async Task Help_shows_examples_the_filter_language_and_exit_codes(string verb)
    {
        var run = await EiderProcess.Run(verb, "--help");

        Assert.Equal(ExitCode.Ok, run.ExitCode);
        Assert.Contains("Examples:", run.Output, StringComparison.Ordinal);
        Assert.Contains("latency>50ms", run.Output, StringComparison.Ordinal);
        Assert.All(ExitCode.All, code => Assert.Contains(code.Meaning, run.Output, StringComparison.Ordinal));
    }

    /// <summary>What a shell would hand to eider: the pipe's part that names it, quotes taken off.</summary>
    private static List<string> EiderPart(string line)
    {
        var words = System.CommandLine.Parsing.CommandLineParser.SplitCommandLine(line.Replace('\'', '"')).SkipWhile(static word => !word.EndsWith("eider", StringComparison.Ordinal));
        return words.Skip(1).TakeWhile(static word => word is not ("|" or ">")).Select(static word => word.TrimEnd(')')).ToList();
    }

    private static IEnumerable<Verb> Verbs(Command command) => command.Subcommands.SelectMany(Verbs).Concat(command is Verb verb ? [verb] : []);
}
