// docs/configuration.md lists every key as the schema has it; EIDER_UPDATE_DOCS=1 writes the table anew.

using System.Text;
using Eider.Core.Config;
using Xunit;

namespace Eider.Tests.Config;

public sealed class ConfigDocumentTests
{
    private const string Begin = "<!-- keys: begin -->\n";
    private const string End = "<!-- keys: end -->";

    [Fact]
    public void Documented_keys_are_those_of_the_schema()
    {
        var path = RepositoryFiles.PathOf("docs/configuration.md");
        var document = File.ReadAllText(path);
        var begin = document.IndexOf(Begin, StringComparison.Ordinal) + Begin.Length;
        var end = document.IndexOf(End, StringComparison.Ordinal);
        if (Environment.GetEnvironmentVariable("EIDER_UPDATE_DOCS") == "1")
        {
            File.WriteAllText(path, document[..begin] + Table() + document[end..]);
            return;
        }

        Assert.Equal(Table(), document[begin..end]);
    }

    private static string Table()
    {
        var table = new StringBuilder("| Key | Default | Value | What it does |\n|---|---|---|---|\n");
        foreach (var key in ConfigSchema.Keys)
        {
            var fallback = key.Path == "node" ? "the host name" : $"`{key.Write(EiderConfig.Default)}`";
            table.Append($"| `{key.Path}` | {fallback} | {key.Type} | {key.Summary} |\n");
        }

        return table.ToString();
    }
}
