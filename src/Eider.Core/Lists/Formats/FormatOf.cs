// From a format's name to what reads it.

using Eider.Core.Policy;

namespace Eider.Core.Lists.Formats;

internal static class FormatOf
{
    public static IListFormat Create(ListFormat format, ListMatch match) => format switch
    {
        ListFormat.Hosts => new HostsFormat(Names(match)),
        ListFormat.Domains => new DomainsFormat(Names(match)),
        ListFormat.Adblock => new AdblockFormat(Names(match)),
        ListFormat.Rpz => new RpzFormat(),
        ListFormat.Dnsmasq => new DnsmasqFormat(),
        ListFormat.Unbound => new UnboundFormat(),
        _ => throw new ArgumentOutOfRangeException(nameof(format), format, "a format must be told from the text first"),
    };

    private static NameMatch Names(ListMatch match) => match == ListMatch.Exact ? NameMatch.Exact : NameMatch.Both;
}
