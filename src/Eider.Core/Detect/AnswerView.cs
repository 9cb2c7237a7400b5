// A response as the detectors see it: its question and its records, each read once, in memory that is used again for the next.

using System.Runtime.CompilerServices;
using Eider.Core.Decode;
using Eider.Core.Decode.Records;

namespace Eider.Core.Detect;

internal struct SeenRecord
{
    public Section Section;
    public ushort Type;
    public uint Ttl;

    /// <summary>Hash of the owner's name in lower case, with the seed of Detect.</summary>
    public ulong Owner;

    /// <summary>Of CNAME, DNAME, NS and the like: hash of the name in the data; 0 for others.</summary>
    public ulong Target;

    /// <summary>Hash of the last two labels of that name: about who runs it.</summary>
    public ulong TargetDomain;

    /// <summary>Of A and AAAA.</summary>
    public IpAddress Address;

    /// <summary>The owner is the question's name, or one that its chain of aliases leads to.</summary>
    public bool IsAsked;
}

/// <summary>Where a record leads: the address of an A or AAAA record, or a hint of an SVCB or HTTPS record (RFC 9460 7.3).</summary>
/// <param name="Record">Its place among the records.</param>
internal readonly record struct SeenAddress(IpAddress Address, int Record);

/// <summary>One response. The first <see cref="Limit"/> records are looked at; a stub's answer has a handful.</summary>
/// <param name="seed">Secret; keys every hash of a name.</param>
internal sealed class AnswerView(ulong seed)
{
    public const int Limit = 64;

    /// <summary>One record may hold many hints.</summary>
    public const int AddressLimit = 2 * Limit;

    /// <summary>Resolvers give up on longer chains of aliases.</summary>
    private const int MaxChain = 16;

    private readonly SeenRecord[] records = new SeenRecord[Limit];
    private readonly SeenAddress[] addresses = new SeenAddress[AddressLimit];
    private int addressCount;

    /// <summary>Of the question's; 0 without one.</summary>
    private int nameOffset;

    public int Count { get; private set; }

    public Span<SeenRecord> Records => records.AsSpan(0, Count);

    /// <summary>In the order of their records.</summary>
    public ReadOnlySpan<SeenAddress> Addresses => addresses.AsSpan(0, addressCount);

    public DnsHeader Header { get; private set; }

    /// <summary>Hash of the question's name in lower case; 0 without a question.</summary>
    public ulong Name { get; private set; }

    /// <summary>Hash of the question's name as it is spelt.</summary>
    public ulong Spelling { get; private set; }

    /// <summary>Letters of both cases in the question's name, as the 0x20 method puts there.</summary>
    public bool IsMixedCase { get; private set; }

    public bool HasEdns { get; private set; }

    /// <summary>Not all records or addresses were looked at: more than the limit, or a fault before the end.</summary>
    public bool IsPartial { get; private set; }

    /// <summary>What tells the programs behind two answers apart: AA, RD, RA, CD, and whether it speaks EDNS. AD may differ from one answer to the next.</summary>
    public int Manner => (Header.Flags & 0x0590) | (HasEdns ? 1 << 16 : 0);

    public void ReadQuestion(ReadOnlySpan<byte> message)
    {
        var reader = new DnsReader(message);
        Header = reader.Header;
        ReadQuestion(ref reader);
    }

    public void Read(ReadOnlySpan<byte> message)
    {
        var reader = new DnsReader(message);
        Header = reader.Header;
        ReadQuestion(ref reader);
        (Count, HasEdns, addressCount, IsPartial) = (0, false, 0, false);
        while (Count < Limit && reader.TryReadRecord(out var record))
        {
            if (record.Type == RecordType.OPT)
            {
                HasEdns = true;
            }
            else
            {
                Read(record, Count);
                Count++;
            }
        }

        IsPartial |= (Count == Limit && reader.TryReadRecord(out _)) || !reader.Fault.IsNone;
        FollowAliases();
    }

    /// <summary>The addresses of the answer, for evidence: <c>192.0.2.1, 192.0.2.2</c>.</summary>
    public string AddressText()
    {
        var text = new List<string>();
        foreach (var seen in Addresses)
        {
            if (records[seen.Record].Section == Section.Answer)
            {
                text.Add(seen.Address.ToString());
            }
        }

        return text.Count == 0 ? Rcode.Name(Header.Rcode) : string.Join(", ", text);
    }

    [SkipLocalsInit]
    private void ReadQuestion(ref DnsReader reader)
    {
        (Name, Spelling, IsMixedCase, nameOffset) = (0, 0, false, 0);
        if (reader.TryReadQuestion(out var question))
        {
            nameOffset = question.Name.Offset;
            Span<byte> scratch = stackalloc byte[DnsName.MaxWireLength];
            var wire = question.Name.Wire(scratch);
            Name = WireNames.FoldedHash(wire, seed);
            Spell(wire);
        }
    }

    private void Spell(ReadOnlySpan<byte> wire)
    {
        // Length octets are below the letters.
        var upper = wire.ContainsAnyInRange((byte)'A', (byte)'Z');
        IsMixedCase = upper && wire.ContainsAnyInRange((byte)'a', (byte)'z');
        Spelling = upper ? SpellingHash(wire) : Name;
    }

    private ulong SpellingHash(ReadOnlySpan<byte> wire)
    {
        var hash = seed;
        foreach (var octet in wire)
        {
            hash = (hash ^ octet) * 0x9e37_79b9_7f4a_7c15;
        }

        return hash;
    }

    private void Read(in ResourceRecord record, int at)
    {
        ref var seen = ref records[at];
        seen = new SeenRecord { Section = record.Section, Type = record.Type, Ttl = record.Ttl, Owner = OwnerOf(record) };
        switch (record.Type)
        {
            case RecordType.A when record.Data.Length == 4:
            case RecordType.AAAA when record.Data.Length == 16:
                seen.Address = IpAddress.FromOctets(record.Data);
                Add(seen.Address, at);
                break;
            case RecordType.CNAME or RecordType.DNAME or RecordType.NS or RecordType.PTR:
                ReadTarget(record, before: 0, ref seen);
                break;
            case RecordType.MX:
                ReadTarget(record, before: 2, ref seen);
                break;
            case RecordType.SRV:
                ReadTarget(record, before: 6, ref seen);
                break;
            case RecordType.SVCB or RecordType.HTTPS:
                ReadTarget(record, before: 2, ref seen);
                ReadHints(record, at);
                break;
        }
    }

    /// <summary>Nearly every owner is a pointer to the question's name.</summary>
    private ulong OwnerOf(in ResourceRecord record) => nameOffset != 0 && record.Name.IsPointerTo(nameOffset) ? Name : record.Name.FoldedHash(seed);

    /// <summary>In alias mode (priority 0) parameters mean nothing.</summary>
    private void ReadHints(in ResourceRecord record, int at)
    {
        var rdata = new RdataReader(record);
        if (!ServiceData.TryRead(ref rdata, out var service) || service.Priority == 0)
        {
            return;
        }

        foreach (var parameter in service.Params)
        {
            var length = parameter.Key switch { SvcParamKey.Ipv4Hint => 4, SvcParamKey.Ipv6Hint => 16, _ => 0 };
            for (var value = parameter.Value; length > 0 && !value.IsEmpty; value = value[length..])
            {
                Add(IpAddress.FromOctets(value[..length]), at);
            }
        }
    }

    private void Add(IpAddress address, int record)
    {
        if (addressCount == AddressLimit)
        {
            IsPartial = true;
            return;
        }

        addresses[addressCount++] = new(address, record);
    }

    [SkipLocalsInit]
    private void ReadTarget(in ResourceRecord record, int before, ref SeenRecord seen)
    {
        var rdata = new RdataReader(record);
        if (!rdata.TryOctets(before, out _) || !rdata.TryName(out var target))
        {
            return;
        }

        Span<byte> scratch = stackalloc byte[DnsName.MaxWireLength];
        var wire = target.Wire(scratch);
        seen.Target = WireNames.FoldedHash(wire, seed);
        seen.TargetDomain = WireNames.FoldedHash(LastTwoLabels(wire), seed);
    }

    private static ReadOnlySpan<byte> LastTwoLabels(ReadOnlySpan<byte> wire)
    {
        var (beforeLast, last) = (0, 0);
        for (var at = 0; wire[at] != 0; at += wire[at] + 1)
        {
            (beforeLast, last) = (last, at);
        }

        return wire[beforeLast..];
    }

    /// <summary>Marks what the question's name leads to. Records need not stand in the order of the chain.</summary>
    private void FollowAliases()
    {
        var name = Name;
        for (var step = 0; step < MaxChain; step++)
        {
            var next = 0UL;
            foreach (ref var record in Records)
            {
                if (record.Section == Section.Answer && record.Owner == name)
                {
                    record.IsAsked = true;
                    next = record.Type == RecordType.CNAME ? record.Target : next;
                }
            }

            if (next == 0 || next == name)
            {
                return;
            }

            name = next;
        }
    }
}
