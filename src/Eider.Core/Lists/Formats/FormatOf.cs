// From a format's name to what reads it.

namespace Eider.Core.Lists.Formats;

internal static class FormatOf
{
    public static IListFormat Create(ListFormat format, NameMatch match) => format switch
    {
        ListFormat.Hosts => new HostsFormat(match),
        ListFormat.Domains => new DomainsFormat(match),
        ListFormat.Adblock => new AdblockFormat(match),
        ListFormat.Rpz => new RpzFormat(),
        ListFormat.Dnsmasq => new DnsmasqFormat(),
        ListFormat.Unbound => new UnboundFormat(),
        _ => throw new ArgumentOutOfRangeException(nameof(format), format, "a format must be told from the text first"),
    };
}
