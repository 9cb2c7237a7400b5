// What the lab's resolver knows: one zone at the root, so that it never asks anybody else.

using System.Net;
using System.Text;

namespace Eider.Lab;

/// <summary>Names of the lab, below a domain for private networks: a public name with the lab's private addresses would be worth an alert. Every other name does not exist (NXDOMAIN).</summary>
public static class LabZone
{
    public const string Domain = "lab.internal";

    /// <summary>A and AAAA of the web pod; any label below is one more such name, so that each client can ask for its own.</summary>
    public const string Clients = "clients.lab.internal";

    /// <summary>CNAME to <see cref="Clients"/>'s address record by way of two names.</summary>
    public const string Alias = "alias.lab.internal";

    /// <summary>A TXT answer of 5 kB: over UDP it is cut and asked again over TCP.</summary>
    public const string Big = "big.lab.internal";

    /// <summary>Exists, but has no address: NODATA for A and AAAA.</summary>
    public const string TextOnly = "text.lab.internal";

    /// <summary>Below it every name has a public address, that which <see cref="FarResolver"/> has for all names.</summary>
    public const string Public = "honest.example";

    public const string Missing = "missing.lab.internal";

    internal static string ZoneFile(IPAddress resolver, IPAddress webV4, IPAddress webV6)
    {
        var zone = new StringBuilder($"""
            $ORIGIN .
            $TTL 300
            @ IN SOA ns.lab.internal. hostmaster.lab.internal. 1 3600 600 86400 60
            @ IN NS ns.lab.internal.
            ns.lab.internal. IN A {resolver}
            www.lab.internal. IN A {webV4}
            www.lab.internal. IN AAAA {webV6}
            *.{Clients}. IN A {webV4}
            *.{Clients}. IN AAAA {webV6}
            {Alias}. IN CNAME step.lab.internal.
            step.lab.internal. IN CNAME www.lab.internal.
            {TextOnly}. IN TXT "v=spf1 -all" "second string"
            lab.internal. IN MX 10 mail.lab.internal.
            mail.lab.internal. IN A {webV4}
            _sip._udp.lab.internal. IN SRV 5 10 5060 mail.lab.internal.
            svc.lab.internal. IN HTTPS 1 . alpn=h2,h3 ipv4hint={webV4}
            caa.lab.internal. IN CAA 0 issue "ca.example"
            *.{Public}. IN A 192.0.2.200

            """);
        for (var line = 0; line < 25; line++)
        {
            zone.Append(Big).Append(". IN TXT \"").Append($"{line:000} ").Append('x', 196).Append("\"\n");
        }

        return zone.ToString();
    }
}
