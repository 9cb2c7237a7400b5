// eider lists: the copies of domain lists that policies are compiled with.

using System.CommandLine;
using System.Globalization;
using Eider.Core.Lists;
using Eider.Core.Policy;

namespace Eider.Cli;

internal static class ListsVerb
{
    public static Command Create() => new Command("lists", "Import, search and count domain lists.")
    {
        ListsAddVerb.Create(), ListsInfoVerb.Create(), ListsCheckVerb.Create(), ListsStatsVerb.Create(), Remove(),
    };

    /// <summary>The name of a list, checked.</summary>
    public static Argument<T> NameOfList<T>(string description, ArgumentArity arity)
    {
        var name = new Argument<T>("NAME") { Description = description, Arity = arity };
        name.Validators.Add(static result =>
        {
            foreach (var token in result.Tokens.Where(static token => !DomainListSpec.IsName(token.Value)))
            {
                result.AddError($"\"{token.Value}\" is no list's name; names are lower-case letters, digits, \"-\" and \".\"");
            }
        });
        return name;
    }

    public static string Number(long number) => number.ToString("n0", CultureInfo.InvariantCulture);

    public static CliException Unknown(string name, ListStore store) => new(
        ExitCode.Failed, $"list {name}", $"there is no copy of it in {store.Folder}",
        Core.Config.Suggestion.Nearest(name, store.All.Select(static list => list.Name)) is { } near ? $"did you mean \"{near}\"?" : "`eider lists info` shows those there are");

    private static Verb Remove()
    {
        var name = NameOfList<string>("list to forget", ArgumentArity.ExactlyOne);
        var folder = new ListFolderOption();
        var verb = new Verb(
            "remove",
            "Delete the copy of a list. A running agent whose policies name it fetches it again; what is in force stays so until then.",
            ("eider lists remove threat-intel", "its copy and what is known of it"));
        verb.Add(name);
        folder.AddTo(verb);
        verb.SetAction(parsed =>
        {
            var store = folder.Open(parsed);
            var list = parsed.GetValue(name)!;
            try
            {
                if (!store.Remove(list))
                {
                    throw Unknown(list, store);
                }
            }
            catch (ListStoreException refused)
            {
                throw ListFolderOption.Refusal(refused);
            }

            using var output = StandardOutput.OpenText();
            output.WriteLine($"removed list {list}");
            return ExitCode.Ok;
        });
        return verb;
    }
}
