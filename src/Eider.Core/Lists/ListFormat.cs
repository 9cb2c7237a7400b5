// The forms in which lists of domain names are published.

namespace Eider.Core.Lists;

public enum ListFormat : byte
{
    /// <summary>Told from the file's first lines.</summary>
    Auto,

    /// <summary>An address that leads nowhere, then names: <c>0.0.0.0 ads.example</c>.</summary>
    Hosts,

    /// <summary>One name a line.</summary>
    Domains,

    /// <summary>The rules of ad blockers that are about whole names: <c>||ads.example^</c>.</summary>
    Adblock,

    /// <summary>A response policy zone, as a zone file (RFC 1035 5).</summary>
    Rpz,

    /// <summary>Lines of dnsmasq's configuration: <c>address=/ads.example/</c>.</summary>
    Dnsmasq,

    /// <summary>Lines of unbound's configuration: <c>local-zone: "ads.example" always_nxdomain</c>.</summary>
    Unbound,
}

public static class ListFormats
{
    /// <summary>As written in a policy file, in the order of the enum.</summary>
    public static readonly IReadOnlyList<string> Names = ["auto", "hosts", "domains", "adblock", "rpz", "dnsmasq", "unbound"];

    public static string Name(this ListFormat format) => Names[(int)format];

    public static bool TryParse(string text, out ListFormat format)
    {
        for (var index = 0; index < Names.Count; index++)
        {
            if (Names[index] == text)
            {
                format = (ListFormat)index;
                return true;
            }
        }

        format = default;
        return false;
    }
}
