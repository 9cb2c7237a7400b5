// What help says below usage and options: examples, the filter language, exit codes.

using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;
using Eider.Core.Filters;

namespace Eider.Cli;

internal sealed class HelpText(HelpAction usage) : SynchronousCommandLineAction
{
    public override int Invoke(ParseResult parseResult)
    {
        usage.Invoke(parseResult);
        var output = parseResult.InvocationConfiguration.Output;
        if (parseResult.CommandResult.Command is Verb verb)
        {
            WriteExamples(verb, output);
            if (verb.HasFilter)
            {
                WriteFilterLanguage(output);
            }
        }

        WriteExitCodes(output);
        return ExitCode.Ok;
    }

    private static void WriteExamples(Verb verb, TextWriter output)
    {
        output.WriteLine("Examples:");
        foreach (var (line, meaning) in verb.Examples)
        {
            output.WriteLine($"  {line}");
            output.WriteLine($"      {meaning}");
        }

        output.WriteLine();
    }

    private static void WriteFilterLanguage(TextWriter output)
    {
        output.WriteLine("Filter expressions:");
        output.WriteLine("  FIELD=VALUE, FIELD!=VALUE, for numbers and times also < <= > >=; several values by comma mean any of them;");
        output.WriteLine("  conditions combine with and, or, not and parentheses; values with spaces or operators in them are quoted.");
        output.WriteLine("  The options above are conditions too: one option with several values (by comma, or given again) means any of them, different options mean all.");
        foreach (var field in FilterFields.All)
        {
            output.WriteLine($"    {field.Name,-11} {field.Meaning}; {field.Example}");
        }

        output.WriteLine();
    }

    private static void WriteExitCodes(TextWriter output)
    {
        output.WriteLine("Exit codes:");
        foreach (var (code, meaning) in ExitCode.All)
        {
            output.WriteLine($"  {code,-3} {meaning}");
        }
    }
}
