// Files of the repository that tests hold against the code.

namespace Eider.Tests;

internal static class RepositoryFiles
{
    /// <summary>The folder with the solution, above the test program.</summary>
    public static string Root { get; } = FindRoot();

    public static string PathOf(string relative) => Path.Combine(Root, relative);

    private static string FindRoot()
    {
        var directory = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(directory.FullName, "Eider.slnx")))
        {
            directory = directory.Parent ?? throw new InvalidOperationException($"{AppContext.BaseDirectory} is not inside the repository");
        }

        return directory.FullName;
    }
}
