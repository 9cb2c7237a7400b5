// Randomness that nobody outside can guess, for keying tables.

namespace Eider;

internal static class Secret
{
    /// <summary>64 bits from the kernel's generator. A version 4 GUID is filled from getrandom(2) on Linux; the framework's cryptography would be loaded for
    /// these octets alone, and takes 4 MiB with it. Six bits of a GUID are fixed, so its halves are folded together.</summary>
    public static ulong Next()
    {
        Span<byte> octets = stackalloc byte[16];
        Guid.NewGuid().TryWriteBytes(octets);
        return BitConverter.ToUInt64(octets) ^ ulong.RotateLeft(BitConverter.ToUInt64(octets[8..]), 29);
    }
}
