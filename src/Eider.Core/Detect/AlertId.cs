// Short names for findings, by which people refer to them.

namespace Eider.Core.Detect;

public static class AlertId
{
    public const int Length = 8;

    /// <summary>Crockford's: no letters that are taken for digits.</summary>
    private const string Alphabet = "0123456789abcdefghjkmnpqrstvwxyz";

    /// <summary>Fixed, so that a capture gives the same ids each time. Who makes two findings collide has them told under one id, and hides none.</summary>
    private const ulong Seed = 0x0e1d_e2a1_e27d_0001;

    /// <summary>The same for as long as it is one finding; another once it is forgotten and begins anew.</summary>
    /// <param name="source">Default, with an empty <paramref name="domain"/>, for a crowd of them.</param>
    internal static string Of(string detection, DnsEvent about, ReadOnlySpan<char> domain, IpAddress source, long firstNs)
    {
        var hash = NameText.Hash($"{detection} {about.Client.Address} {WorkloadName.Of(about.Identity)} {source} {domain} {firstNs}", Seed);
        return Text(hash);
    }

    /// <summary>Of a response; another each time that it begins.</summary>
    /// <param name="sinceNs">When it begins.</param>
    internal static string OfResponse(ulong cgroup, ResponseAction action, ReadOnlySpan<char> name, ulong sinceNs) =>
        Text(NameText.Hash($"{action} {cgroup} {sinceNs} {name}", Seed));

    private static string Text(ulong hash) => string.Create(Length, hash, static (text, bits) =>
    {
        for (var i = 0; i < text.Length; i++, bits >>= 5)
        {
            text[i] = Alphabet[(int)(bits & 31)];
        }
    });

    /// <summary>Whether this can be an id at all.</summary>
    public static bool IsId(string text) => text.Length == Length && text.All(static c => Alphabet.Contains(c));
}
