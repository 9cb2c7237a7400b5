// eider version: what this binary is made of.

using System.Reflection;
using Eider.Bpf;
using Eider.Core.Sensors;

namespace Eider.Cli;

internal static class VersionVerb
{
    /// <summary>E.g. <c>0.1.0</c>, and the commit it was built from where the build knew it.</summary>
    public static (string Version, string? Commit) Product
    {
        get
        {
            var full = typeof(VersionVerb).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? "0.0.0";
            var plus = full.IndexOf('+');
            return plus < 0 ? (full, null) : (full[..plus], full[(plus + 1)..]);
        }
    }

    public static Verb Create()
    {
        var verb = new Verb("version", "Print the version of the agent, of its kernel interface and of libbpf.", ("eider version", "print them"));
        verb.SetAction(static _ =>
        {
            var (version, commit) = Product;
            using var output = StandardOutput.OpenText();
            output.WriteLine($"eider   {version}");
            output.WriteLine($"abi     {PinDirectory.AbiVersion}");
            output.WriteLine($"libbpf  {Libbpf()}");
            if (commit is not null)
            {
                output.WriteLine($"commit  {commit}");
            }

            return ExitCode.Ok;
        });
        return verb;
    }

    /// <summary>E.g. <c>version 1.1</c>, or that it is missing.</summary>
    private static string Libbpf()
    {
        var found = BpfProbe.Environment().First(static result => result.Name == "libbpf");
        return found.Available ? found.Detail.Replace("version ", "") : $"{found.Detail}: {found.Mend}";
    }
}
