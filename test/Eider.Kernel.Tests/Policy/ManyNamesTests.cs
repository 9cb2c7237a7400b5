// The standard size: a list of 1,265,360 names, from its file to verdicts.

using System.Diagnostics;
using Eider.Core;
using Eider.Core.Lists;
using Eider.Core.Policy;
using Eider.Kernel.Tests.Bpf;
using static Eider.Kernel.Tests.Policy.Policies;

namespace Eider.Kernel.Tests.Policy;

public sealed class ManyNamesTests
{
    private const int Count = 1_265_360;

    [KernelFact]
    public void Standard_size_list_is_compiled_swapped_in_and_judged_by()
    {
        var path = Path.Combine(Path.GetTempPath(), $"eider-names-{Environment.ProcessId}.txt");
        try
        {
            using (var file = new StreamWriter(path))
            {
                for (var i = 0; i < Count; i++)
                {
                    file.WriteLine(NameOf(i));
                }
            }

            Judge(path);
        }
        finally
        {
            File.Delete(path);
        }
    }

    private static void Judge(string path)
    {
        using var kernel = new PolicyKernel();
        var set = new PolicySet([Namespaced("p", Listed(PolicyAction.Deny, "l"))], [List("l")]);
        var options = new PolicyCompilerOptions
        {
            Lists = (DomainListSpec list, out ListError? error) => DomainListReader.TryOpen(path, list.Format, list.Match, out var reader, out error) ? reader : null,
            Memory = KernelNames.Create,
        };
        var before = Resident();
        var watch = Stopwatch.StartNew();

        var compiled = PolicyCompiler.Compile(set, options, new NameKeys(0x5851f42d4c957f2d, 0x14057b7ef767814f, 0x2545f4914f6cdd1d));
        var posture = compiled.FirstPosture(All(set));
        var compileTime = watch.Elapsed;
        kernel.Apply(compiled.Tables, (KernelNames)compiled.Names);
        var swapTime = watch.Elapsed - compileTime;

        var octets = kernel.Maps.NamesOctets;
        TestContext.Current.TestOutputHelper?.WriteLine(
            $"{compiled.NameCount:N0} names: {(double)octets / Count:N1} octets of kernel memory a name, compiled in {compileTime.TotalMilliseconds:N0} ms, put in force in {swapTime.TotalMilliseconds:N0} ms, resident memory {(Resident() - before) >> 10:N0} KiB more");
        Assert.Equal(Count, compiled.NameCount);
        Assert.InRange((double)octets / Count, 8, 25);
        for (var i = 0; i < Count; i += 997)
        {
            Assert.Equal((byte)VerdictAction.Deny, kernel.Ask(posture, "www." + NameOf(i)).Action);
            Assert.Equal((byte)VerdictAction.Allow, kernel.Ask(posture, "x" + NameOf(i)).Action);
        }
    }

    private static string NameOf(int i) => $"{(uint)i * 2654435761u:x8}-host{i % 13}.domain{i % 97}.example";

    private static long Resident()
    {
        GC.Collect();
        using var process = Process.GetCurrentProcess();
        return process.WorkingSet64;
    }
}
