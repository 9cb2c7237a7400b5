// dig in a pod, and what it said in one line.

using System.Text.RegularExpressions;

namespace Eider.Lab;

public static partial class Dig
{
    /// <summary>Asks for the address of a name; cut down to what tells the story.</summary>
    public static string Ask(Pod pod, string server, string name, params string[] options)
    {
        var said = pod.Run("dig", [$"@{server}", name, "A", "+tries=1", "+timeout=3", .. options]).Output;
        var parts = Telling().Matches(said).Select(match => match.Value.Trim().Replace('\t', ' '));
        return $"$ dig {string.Join(' ', [$"@{server}", name, .. options])}: {string.Join(", ", parts)}";
    }

    /// <summary>Status, extended error, that there is no answer where that is no failure, address, a connection that ended, and who answered.</summary>
    [GeneratedRegex(@"status: \w+|EDE: .*|(?<=NOERROR, id: \d+\s+;; flags: [\w ]+; QUERY: 1, )ANSWER: 0|(?<=\sA\s)\d+(\.\d+){3}$|connection reset|SERVER: [^#]+", RegexOptions.Multiline)]
    private static partial Regex Telling();
}
