// What end-to-end tests need of the machine they run on.

using Xunit;

namespace Eider.Kernel.Tests.EndToEnd;

internal static class Host
{
    public static string RepoRoot { get; } = FindRepoRoot();

    /// <summary>The agent as users start it: bin/eider, or what EIDER_AGENT names, e.g. the published binary.</summary>
    public static string Agent
    {
        get
        {
            var agent = Environment.GetEnvironmentVariable("EIDER_AGENT") ?? Path.Combine(RepoRoot, "bin/eider");
            Assert.True(File.Exists(agent), $"{agent} is not built; run 'make build'");
            return agent;
        }
    }

    /// <summary>Skips the test where it cannot run.</summary>
    public static void RequireRoot() => Assert.SkipUnless(Environment.IsPrivilegedProcess, "needs root: it loads BPF programs and makes network namespaces");

    private static string FindRepoRoot()
    {
        var directory = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(directory.FullName, "Eider.slnx")))
        {
            directory = directory.Parent ?? throw new InvalidOperationException($"no Eider.slnx above {AppContext.BaseDirectory}");
        }

        return directory.FullName;
    }
}
