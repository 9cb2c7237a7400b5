// The kernel programs, as they travel inside this binary.

namespace Eider;

internal static class KernelObject
{
    private const string Resource = "eider.bpf.o";

    /// <summary>The ELF object.</summary>
    public static byte[] Read()
    {
        using var resource = typeof(KernelObject).Assembly.GetManifestResourceStream(Resource)
            ?? throw new InvalidOperationException("this binary was built without its kernel object");
        var elf = new byte[resource.Length];
        resource.ReadExactly(elf);
        return elf;
    }
}
