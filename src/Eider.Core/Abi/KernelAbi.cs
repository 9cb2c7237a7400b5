namespace Eider.Core.Abi;

/// <summary>EIDER_ABI_VERSION of bpf/abi.h: pinned programs and maps of another version are not adopted.</summary>
public static class KernelAbi
{
    public const int Version = 1;
}
