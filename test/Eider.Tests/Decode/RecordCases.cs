// Record data and EDNS options: on the wire and in presentation form. The table behind tests, samples and fuzzing.

namespace Eider.Tests.Decode;

public static class RecordCases
{
    /// <summary>Mnemonic, data in the words of <see cref="MessageBuilder.Octets"/> (<c>c00c</c> is example.com), presentation form. All are right.</summary>
    public static readonly (string Type, string Words, string Text)[] All =
    [
        ("A", "192.0.2.1", "192.0.2.1"),
        ("AAAA", "2001:db8::1", "2001:db8::1"),
        ("AAAA", "::ffff:192.0.2.1", "::ffff:192.0.2.1"),
        ("CNAME", "@web.example.net", "web.example.net"),
        ("CNAME", "c00c", "example.com"),
        ("NS", "\"ns1\" c00c", "ns1.example.com"),
        ("PTR", "@.", "."),
        ("DNAME", "@example.org", "example.org"),
        ("MX", "##10 \"mail\" c00c", "10 mail.example.com"),
        ("SOA", "\"ns\" c00c @hostmaster.example.com ####2024010101 ####7200 ####3600 ####1209600 ####300",
            "ns.example.com hostmaster.example.com 2024010101 7200 3600 1209600 300"),
        ("SRV", "##0 ##5 ##5060 @sip.example.com", "0 5 5060 sip.example.com"),
        ("TXT", "\"v=spf1_-all\"", "\"v=spf1 -all\""),
        ("TXT", "\"one\" 00 \"two\"", "\"one\" \"\" \"two\""),
        ("TXT", "05 22 5c 00 1b ff", "\"\\\"\\\\\\000\\027\\255\""),
        ("HINFO", "\"RFC8482\" 00", "\"RFC8482\" \"\""),
        ("CAA", "#0 \"issue\" =ca.example", "0 issue \"ca.example\""),
        ("NAPTR", "##100 ##10 \"u\" \"E2U+sip\" \"!^.*$!sip:a@b!\" @.", "100 10 \"u\" \"E2U+sip\" \"!^.*$!sip:a@b!\" ."),
        ("URI", "##10 ##1 =ftp://ftp.example.com/", "10 1 \"ftp://ftp.example.com/\""),
        ("RP", "@admin.example.com @.", "admin.example.com ."),
        ("KX", "##1 @kx.example.com", "1 kx.example.com"),
        ("DS", "##60485 05 01 2BB183AF5F22588179A53B0A98631FAD1A292118", "60485 5 1 2bb183af5f22588179a53b0a98631fad1a292118"),
        ("CDS", "##0 00 00 00", "0 0 0 00"),
        ("DNSKEY", "##257 03 0d 00010203", "257 3 13 AAECAw=="),
        ("RRSIG", "##1 05 03 ####86400 3e7c9d47 3e551047 ##2642 @example.com a0b1c2", "A 5 3 86400 20030322172839 20030220172839 2642 example.com oLHC"),
        ("NSEC", "@host.example.com 00 06 40 01 00 00 00 03 04 1b 000000000000000000000000000000000000000000000000000020",
            "host.example.com A MX RRSIG NSEC TYPE1234"),
        ("NSEC3", "01 01 ##12 04 aabbccdd 14 174eb2409fe28bcb4887a1836f957f0a8425e27b 00 06 40 00 00 00 00 02",
            "1 1 12 aabbccdd 2t7b4g4vsa5smi47k61mv5bv1a22bojr A RRSIG"),
        ("NSEC3", "01 00 ##0 00 02 ffff", "1 0 0 - vvvg"),
        ("NSEC3PARAM", "01 00 ##0 00", "1 0 0 -"),
        ("TLSA", "03 01 01 abcdef", "3 1 1 abcdef"),
        ("SSHFP", "04 02 0123", "4 2 0123"),
        ("LOC", "00 12 16 13 89 17 2d d0 70 be 15 f0 00 98 8d 20", "42 21 54.000 N 71 6 18.000 W -24.00m 1.00m 10000.00m 10.00m"),
        ("LOC", "01 12 16 13 89 17 2d d0 70 be 15 f0 00 98 8d 20", "\\# 16 0112161389172dd070be15f000988d20"),
        ("TSIG", "@hmac-sha256 0000 5f000000 ##300 ##2 abcd ##7436 ##16 ##0", "hmac-sha256 1593835520 300 2 q80= 7436 BADSIG 0"),

        // RFC 9460 appendix D.
        ("HTTPS", "##0 @foo.example.com", "0 foo.example.com"),
        ("SVCB", "##1 00", "1 ."),
        ("SVCB", "##16 @foo.example.com ##3 ##2 ##53", "16 foo.example.com port=53"),
        ("SVCB", "##1 @foo.example.com ##667 ##5 =hello", "1 foo.example.com key667=\"hello\""),
        ("SVCB", "##1 @foo.example.com ##667 ##9 =hello d2 =qoo", "1 foo.example.com key667=\"hello\\210qoo\""),
        ("SVCB", "##1 @foo.example.com ##6 ##32 2001:db8::1 2001:db8::53:1", "1 foo.example.com ipv6hint=2001:db8::1,2001:db8::53:1"),
        ("SVCB", "##16 @foo.example.org ##0 ##4 ##1 ##4 ##1 ##9 \"h2\" \"h3-19\" ##4 ##4 192.0.2.1",
            "16 foo.example.org mandatory=alpn,ipv4hint alpn=\"h2,h3-19\" ipv4hint=192.0.2.1"),
        ("SVCB", "##16 @foo.example.org ##1 ##12 08 =f\\oo,bar 02 =h2", "16 foo.example.org alpn=\"f\\\\\\\\oo\\\\,bar,h2\""),
        ("HTTPS", "##1 00 ##1 ##3 \"h2\" ##2 ##0 ##5 ##2 abcd ##7 ##16 =/dns-query{?dns}", "1 . alpn=\"h2\" no-default-alpn ech=q80= dohpath=\"/dns-query{?dns}\""),
        ("TYPE65534", "0a 0b ff", "\\# 3 0a0bff"),
        ("TYPE731", "", "\\# 0"),
    ];

    /// <summary>Options of an OPT record, what is shown after its fields. All are right, also in a query.</summary>
    public static readonly (string Words, string Text)[] Options =
    [
        ("##8 ##7 ##1 #24 #0 c0 00 02", "ECS=192.0.2.0/24/0"),
        ("##8 ##6 ##2 #16 #0 20 01", "ECS=2001::/16/0"),
        ("##8 ##4 ##0 #0 #0", "ECS=family0:/0/0"),
        ("##10 ##8 0011223344556677", "COOKIE=0011223344556677"),
        ("##15 ##2 ##18", "EDE=18:\"Prohibited\""),
        ("##15 ##9 ##15 =policy 00", "EDE=15:\"Blocked\":\"policy\""),
        ("##15 ##2 ##4242", "EDE=4242"),
        ("##12 ##3 000000", "PADDING=3"),
        ("##3 ##4 =gpdn", "NSID=\"gpdn\""),
        ("##3 ##0", "NSID"),
        ("##11 ##2 ##100", "KEEPALIVE=10000ms"),
        ("##9 ##4 ####3600", "EXPIRE=3600s"),
        ("##5 ##3 08 0a 0d", "DAU=8,10,13"),
        ("##14 ##4 ##20326 ##38696", "KEYTAG=20326,38696"),
        ("##18 ##11 @a.example", "REPORT-CHANNEL=a.example"),
        ("##65001 ##2 abcd ##65002 ##0", "OPT65001=abcd OPT65002"),
    ];
}
