// eider alerts mutes: what is silent, and whether the files that say so are right.

using System.CommandLine;
using Eider.Core.Detect;
using Eider.Output;

namespace Eider.Cli;

internal static class AlertsMutesVerb
{
    public static Verb Create()
    {
        var files = new Argument<string[]>("FILE") { Description = "files of mutes; default are those of detect.mutes that are there", Arity = ArgumentArity.ZeroOrMore };
        var config = new ConfigOption();
        var verb = new Verb(
            "mutes",
            "Check files of mutes and show what they silence. Asks no agent.",
            ("eider alerts mutes", "what the configured files silence"),
            ("eider alerts mutes mutes.yaml", "exit code 0: it is right; 4: it is not, with every mistake and its place"))
        { files };
        config.AddTo(verb);
        verb.SetAction(parsed =>
        {
            var named = parsed.GetValue(files) ?? [];
            return Show(named.Length > 0 ? named : [.. config.Read(parsed).Config.Detect.Mutes.Where(File.Exists)]);
        });
        return verb;
    }

    private static int Show(string[] files)
    {
        var exitCode = ExitCode.Ok;
        var nowNs = Rfc3339.ToUnixNs(TimeProvider.System.GetUtcNow());
        var table = new TextTable("PLACE", "SILENCES", "UNTIL", "REASON");
        foreach (var file in files)
        {
            var read = MuteFile.Load(file, out var errors);
            foreach (var mute in read?.Mutes ?? [])
            {
                var end = mute.UntilNs is { } until ? $"{Rfc3339.FormatDay(until, TimeZoneInfo.Utc)}Z{(until <= nowNs ? ", over" : "")}" : "";
                table.Add(TerminalText.Escape(mute.Place.ToString()), TerminalText.Escape(Describe(mute)), end, TerminalText.Escape(mute.Reason ?? ""));
            }

            foreach (var error in errors)
            {
                Console.Error.WriteLine($"eider: {TerminalText.Escape(error.ToString())}");
                exitCode = ExitCode.BadInput;
            }
        }

        using var output = StandardOutput.OpenText();
        if (table.Rows > 0)
        {
            table.Write(output, Style.ForStandardOutput, StandardOutput.TableWidth);
        }
        else if (exitCode == ExitCode.Ok)
        {
            output.WriteLine("nothing is muted");
        }

        return exitCode;
    }

    private static string Describe(Mute mute) => string.Join(", ", new[]
    {
        mute.Detection, mute.Name is { } name ? $"name {name}" : null, mute.Workload is { } workload ? $"workload {workload}" : null,
        mute.Client is { } client ? $"client {client}" : null, mute.Source is { } source ? $"source {source}" : null,
    }.Where(static part => part is not null));
}
