// The captures that tests read, from beside the repository.

using System.Reflection;
using Xunit;

namespace Eider.Tests.Capture;

internal static class Corpus
{
    private static readonly string? Directory = Find();

    /// <summary>Every capture, by its path below the corpus; empty where there is no corpus.</summary>
    public static IEnumerable<string> Captures => Directory is null ? [] : System.IO.Directory.EnumerateFiles(Directory, "*.pcap*", SearchOption.AllDirectories)
        .Select(path => Path.GetRelativePath(Directory, path)).Order(StringComparer.Ordinal);

    public static string PathOf(string capture) => Path.Combine(Directory ?? "", capture);

    public static void SkipWhenAbsent() => Assert.SkipWhen(Directory is null, "no captures: ../shared/corpus is not beside the repository");

    private static string? Find()
    {
        for (var at = new DirectoryInfo(Path.GetDirectoryName(Assembly.GetExecutingAssembly().Location) ?? "."); at is not null; at = at.Parent)
        {
            if (File.Exists(Path.Combine(at.FullName, "Eider.slnx")))
            {
                var corpus = Path.Combine(at.FullName, "..", "shared", "corpus");
                return System.IO.Directory.Exists(corpus) ? Path.GetFullPath(corpus) : null;
            }
        }

        return null;
    }
}
