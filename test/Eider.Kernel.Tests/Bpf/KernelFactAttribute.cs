// Kernel tests need root; without it they say so and are skipped.

using System.Runtime.CompilerServices;

namespace Eider.Kernel.Tests.Bpf;

/// <summary>A test that loads something into the kernel.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class KernelFactAttribute : FactAttribute
{
    internal const string NeedsRoot = "needs root: run with sudo";

    public KernelFactAttribute([CallerFilePath] string? file = null, [CallerLineNumber] int line = 0)
        : base(file, line) => Skip = Environment.UserName == "root" ? null : NeedsRoot;
}

/// <summary>A table of cases, each of which loads something into the kernel.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class KernelTheoryAttribute : TheoryAttribute
{
    public KernelTheoryAttribute([CallerFilePath] string? file = null, [CallerLineNumber] int line = 0)
        : base(file, line) => Skip = Environment.UserName == "root" ? null : KernelFactAttribute.NeedsRoot;
}
