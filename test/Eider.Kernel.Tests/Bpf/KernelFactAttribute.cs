// Kernel tests need root; without it they say so and are skipped.

using System.Runtime.CompilerServices;

namespace Eider.Kernel.Tests.Bpf;

/// <summary>A test that loads something into the kernel.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class KernelFactAttribute : FactAttribute
{
    public KernelFactAttribute([CallerFilePath] string? file = null, [CallerLineNumber] int line = 0)
        : base(file, line)
    {
        if (Environment.UserName != "root")
        {
            Skip = "needs root: run with sudo";
        }
    }
}
