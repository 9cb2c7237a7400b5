// hosts(5): an address, then names. Lists use addresses that lead nowhere.

namespace Eider.Core.Lists.Formats;

internal sealed class HostsFormat(NameMatch match) : IListFormat
{
    private readonly EntryTerms _terms = new(match);

    public void ReadLine(ReadOnlySpan<byte> line, bool indented, LineNames names)
    {
        var rest = line.BeforeComment((byte)'#');
        if (rest.IsEmpty)
        {
            names.Comment();
            return;
        }

        if (!TryRead(line, rest, names, _terms))
        {
            names.Skip(LineFault.NotInFormat, line);
        }
    }

    /// <returns>False, and nothing done, where the line does not start with an address.</returns>
    public static bool TryRead(ReadOnlySpan<byte> line, ReadOnlySpan<byte> rest, LineNames names, in EntryTerms terms)
    {
        var first = Words.TakeWord(ref rest);
        if (!Words.TryParseAddress(first, out var address))
        {
            return false;
        }

        var nowhere = Words.LeadsNowhere(address);
        var word = Words.TakeWord(ref rest);
        if (word.IsEmpty)
        {
            names.Skip(LineFault.Address, line);
            return true;
        }

        for (; !word.IsEmpty; word = Words.TakeWord(ref rest))
        {
            if (IsLocal(word))
            {
                names.Skip(LineFault.LocalHost, line);
            }
            else if (nowhere)
            {
                names.Add(word, terms, line);
            }
            else
            {
                names.Skip(LineFault.OwnAddress, line);
            }
        }

        return true;
    }

    /// <summary>What systems put into their own hosts file, and lists made from one keep. 0.0.0.0 is a name that some of them have for its address.</summary>
    private static bool IsLocal(ReadOnlySpan<byte> name) => name.Length switch
    {
        5 => name.Is("local"u8),
        7 => name.SequenceEqual("0.0.0.0"u8),
        9 => name.Is("localhost"u8),
        10 => name.Is("localhost4"u8) || name.Is("localhost6"u8),
        12 => name.Is("ip6-localnet"u8) || name.Is("ip6-loopback"u8) || name.Is("ip6-allnodes"u8) || name.Is("ip6-allhosts"u8),
        13 => name.Is("broadcasthost"u8) || name.Is("ip6-localhost"u8),
        14 => name.Is("ip6-allrouters"u8),
        15 => name.Is("ip6-mcastprefix"u8),
        _ => name.Is("localhost.localdomain"u8) || name.Is("localhost4.localdomain4"u8) || name.Is("localhost6.localdomain6"u8),
    };
}
