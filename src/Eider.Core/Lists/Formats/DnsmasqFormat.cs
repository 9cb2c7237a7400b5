// dnsmasq's configuration: address=/name/, local=/name/ and server=/name/, each for the name and everything below it.

namespace Eider.Core.Lists.Formats;

internal sealed class DnsmasqFormat : IListFormat
{
    private static readonly EntryTerms Block = new(NameMatch.Both);
    private static readonly EntryTerms Allow = new(NameMatch.Both, ListAction.Allow);

    public void ReadLine(ReadOnlySpan<byte> line, bool indented, LineNames names)
    {
        var option = WithoutComment(line);
        if (option.IsEmpty)
        {
            names.Comment();
            return;
        }

        var equals = option.IndexOf((byte)'=');
        var key = (equals < 0 ? option : option[..equals]).TrimEnd(" \t"u8);
        if (key.ContainsAnyExcept(OptionOctets))
        {
            names.Skip(LineFault.NotInFormat, line);
            return;
        }

        var value = equals < 0 ? default : option[(equals + 1)..].TrimStart(" \t"u8);
        var isAddress = key.SequenceEqual("address"u8);
        if (value.StartsWith("/"u8) && (isAddress || key.SequenceEqual("local"u8) || key.SequenceEqual("server"u8)))
        {
            ReadNames(line, value[1..], isAddress, names);
        }
        else
        {
            names.Skip(LineFault.OtherOption, line);
        }
    }

    private static readonly System.Buffers.SearchValues<byte> OptionOctets = System.Buffers.SearchValues.Create("abcdefghijklmnopqrstuvwxyz0123456789-"u8);

    private static void ReadNames(ReadOnlySpan<byte> line, ReadOnlySpan<byte> value, bool isAddress, LineNames names)
    {
        var end = value.LastIndexOf((byte)'/');
        var target = value[(end + 1)..];
        var fault = end < 0 ? LineFault.NotInFormat : isAddress ? CheckAddress(target) : CheckServer(target);
        if (fault != LineFault.None)
        {
            names.Skip(fault, line);
            return;
        }

        // Of a server, # means the usual ones: an exception from a wider line.
        var terms = !isAddress && target.SequenceEqual("#"u8) ? Allow : Block;
        var domains = value[..end];
        foreach (var part in domains.Split((byte)'/'))
        {
            var name = domains[part];
            if (name.SequenceEqual("#"u8))
            {
                names.Skip(LineFault.EveryName, line);
            }
            else
            {
                names.Add(name, terms, line);
            }
        }
    }

    private static LineFault CheckAddress(ReadOnlySpan<byte> target) =>
        target.IsEmpty || target.SequenceEqual("#"u8) ? LineFault.None
        : !Words.TryParseAddress(target, out var address) ? LineFault.NotInFormat
        : Words.LeadsNowhere(address) ? LineFault.None : LineFault.OwnAddress;

    private static LineFault CheckServer(ReadOnlySpan<byte> target) => target.IsEmpty || target.SequenceEqual("#"u8) ? LineFault.None : LineFault.Forwarding;

    /// <summary>A # begins a comment only in front or after a blank, since it also stands for every name and for the null address.</summary>
    private static ReadOnlySpan<byte> WithoutComment(ReadOnlySpan<byte> line)
    {
        for (var at = 0; at < line.Length; at++)
        {
            var next = line[at..].IndexOf((byte)'#');
            if (next < 0)
            {
                break;
            }

            at += next;
            if (at == 0 || line[at - 1] is (byte)' ' or (byte)'\t')
            {
                return line[..at].TrimEnd(" \t\r"u8);
            }
        }

        return line;
    }
}
