// eider lists stats: all lists together.

using System.CommandLine;
using Eider.Core.Lists;
using Eider.Output;

namespace Eider.Cli;

internal static class ListsStatsVerb
{
    public static Verb Create()
    {
        var folder = new ListFolderOption();
        var verb = new Verb(
            "stats",
            "Count names, formats and refused lines over all lists.",
            ("eider lists stats", "how much there is, and what was left out by reason"));
        folder.AddTo(verb);
        verb.SetAction(parsed =>
        {
            var store = folder.Open(parsed);
            using var output = StandardOutput.OpenText();
            new ListReport(output, Style.ForStandardOutput, StandardOutput.TableWidth).WriteTotals(store.All);
            return ExitCode.Ok;
        });
        return verb;
    }
}
