// Sensor: from the ring's records to packets for the pipeline and news for Enrich.

using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Text;
using Eider.Core.Abi;
using Eider.Core.Enrich;
using Eider.Core.Policy;

namespace Eider.Core.Sensors;

/// <summary>Hands each record to where it belongs, in ring order, so that a process is known before its packets are seen. Not thread-safe.</summary>
public sealed class RecordReader
{
    private const byte Cut = 0x01;
    private const byte Undelivered = 0x04;
    private const byte Elsewhere = 0x08;
    private const byte Encrypted = 0x10;
    private const byte Fragmented = 0x20;
    private const int OwnerCacheSize = 1024;

    private readonly Pipeline pipeline;
    private readonly IdentityResolver identities;
    private readonly BootClock clock;
    private readonly PolicyEngine? policies;
    private readonly HeldAnswers? held;
    private readonly CachedOwner[] owners = new CachedOwner[OwnerCacheSize];

    /// <param name="policies">Told of cgroups too; null where there are no policies.</param>
    /// <param name="held">Null where nothing is held back.</param>
    public RecordReader(Pipeline pipeline, IdentityResolver identities, BootClock clock, PolicyEngine? policies, HeldAnswers? held)
    {
        this.held = held;
        this.policies = policies;
        this.pipeline = pipeline;
        this.identities = identities;
        this.clock = clock;
    }

    /// <summary>Records of a kind or length this agent does not know: from an object of another version.</summary>
    public long Unknown { get; private set; }

    public void Read(ReadOnlySpan<byte> record)
    {
        if (!TryView<RecordHeader>(record, out var header))
        {
            Unknown++;
            return;
        }

        var known = header[0].Type switch
        {
            RecordKind.Dns => ReadDns(record),
            RecordKind.Exec => ReadExec(record),
            RecordKind.Fork => ReadFork(record),
            RecordKind.Exit => ReadExit(record),
            RecordKind.Probes => ReadProbes(record),
            RecordKind.Icmp => ReadIcmp(record),
            RecordKind.CgroupCreated or RecordKind.CgroupRemoved => ReadCgroup(record),
            _ => false,
        };
        Unknown += known ? 0 : 1;
    }

    private static bool TryView<T>(ReadOnlySpan<byte> record, out ReadOnlySpan<T> view)
        where T : unmanaged
    {
        view = MemoryMarshal.Cast<byte, T>(record);
        return !view.IsEmpty;
    }

    private static ReadOnlySpan<byte> ToNul(ReadOnlySpan<byte> text)
    {
        var end = text.IndexOf((byte)0);
        return end < 0 ? text : text[..end];
    }

    private bool ReadDns(ReadOnlySpan<byte> record)
    {
        if (!TryView<DnsRecord>(record, out var view) || view[0].Len > record.Length - Unsafe.SizeOf<DnsRecord>())
        {
            return false;
        }

        ref readonly var dns = ref view[0];
        if (held is not null && dns.Direction != DnsRecord.Egress)
        {
            Note(dns, record.Slice(Unsafe.SizeOf<DnsRecord>(), dns.Len));
        }

        pipeline.Process(new Packet
        {
            TimeNs = clock.ToUnixNs(dns.Header.TimeNs),
            Direction = dns.Direction == DnsRecord.Egress ? Direction.Egress : Direction.Ingress,
            Transport = dns.Protocol == DnsRecord.Tcp ? Transport.Tcp : Transport.Udp,
            Source = new(IpAddress.FromOctets(dns.Source), dns.SourcePort),
            Destination = new(IpAddress.FromOctets(dns.Destination), dns.DestinationPort),
            Scope = dns.Owner.NetnsCookie,
            Owner = OwnerOf(dns.Owner),
            Verdict = new(dns.Verdict.Generation, dns.Verdict.Rule, dns.Verdict.AuditRule, dns.Verdict.Action, dns.Verdict.Reason, dns.Verdict.AuditAction),
            Standalone = StandaloneReasonOf(dns),
            Payload = record.Slice(Unsafe.SizeOf<DnsRecord>(), dns.Len),
            IsUndelivered = (dns.Flags & Undelivered) != 0,
            IsFragmented = (dns.Flags & Fragmented) != 0,
            WireLength = (dns.Flags & Cut) != 0 ? (int)dns.WireLen : dns.Len,
            TcpSequence = dns.TcpSequence,
            TcpFlags = dns.TcpFlags,
        });
        return true;
    }

    /// <summary>Datagrams on other ports are joined as on DNS ports; of connections there the queries alone are told.</summary>
    private static StandaloneReason StandaloneReasonOf(in DnsRecord dns) =>
        (dns.Flags & Encrypted) != 0 ? StandaloneReason.Encrypted
        : (dns.Flags & Elsewhere) != 0 && dns.Protocol == DnsRecord.Tcp ? StandaloneReason.OtherPort
        : StandaloneReason.None;

    private void Note(in DnsRecord dns, ReadOnlySpan<byte> payload)
    {
        if (dns.Verdict is { Action: (byte)VerdictAction.Deny, Reason: (byte)VerdictReason.Held })
        {
            held!.Hold(dns, payload);
        }
        else if (dns.Verdict.Action != (byte)VerdictAction.Deny && (dns.Flags & Undelivered) == 0)
        {
            held!.Delivered(dns, payload);
        }
    }

    private bool ReadProbes(ReadOnlySpan<byte> record)
    {
        if (!TryView<ProbesRecord>(record, out var view))
        {
            return false;
        }

        ref readonly var probes = ref view[0];
        var ports = 0;
        foreach (var word in (ReadOnlySpan<ulong>)probes.Ports)
        {
            ports += BitOperations.PopCount(word);
        }

        pipeline.Probed(new PortProbes(
            clock.ToUnixNs(probes.Header.TimeNs),
            new(IpAddress.FromOctets(probes.Source), probes.SourcePort),
            new(IpAddress.FromOctets(probes.Destination), probes.DestinationPort),
            probes.Packets,
            ports));
        return true;
    }

    private bool ReadIcmp(ReadOnlySpan<byte> record)
    {
        if (!TryView<IcmpRecord>(record, out var view))
        {
            return false;
        }

        ref readonly var icmp = ref view[0];
        var last = (ReadOnlySpan<ushort>)icmp.LastPorts;
        pipeline.Quoted(new IcmpErrors
        {
            TimeNs = clock.ToUnixNs(icmp.Header.TimeNs),
            Kind = (IcmpKind)icmp.Kind,
            Sender = IpAddress.FromOctets(icmp.Sender),
            Senders = BitOperations.PopCount(icmp.Senders),
            Client = new(IpAddress.FromOctets(icmp.Client), last[(int)((icmp.Packets - 1) % (uint)last.Length)]),
            Server = new(IpAddress.FromOctets(icmp.Server), icmp.ServerPort),
            Packets = icmp.Packets,
            Ports = icmp.Ports,
            LastPorts = last[..(int)Math.Min(icmp.Packets, (uint)last.Length)],
            SmallestMtu = icmp.SmallestMtu,
        });
        return true;
    }

    private bool ReadExec(ReadOnlySpan<byte> record)
    {
        if (!TryView<Abi.ExecRecord>(record, out var view))
        {
            return false;
        }

        ref readonly var exec = ref view[0];
        ReadOnlySpan<byte> args = exec.Args;
        identities.OnExec(new Enrich.ExecRecord
        {
            Pid = (int)exec.Pid,
            ParentPid = (int)exec.ParentPid,
            StartTimeNs = exec.StartNs,
            Comm = ToNul(exec.Comm),
            Path = exec.ExeStart < Abi.ExecRecord.ExeEnd ? ((ReadOnlySpan<byte>)exec.Exe)[(int)exec.ExeStart..Abi.ExecRecord.ExeEnd] : ToNul(exec.Path),
            Args = args[..Math.Min(exec.ArgsLen, args.Length)],
            ArgsCut = exec.ArgsCut != 0,
        });
        return true;
    }

    private bool ReadFork(ReadOnlySpan<byte> record)
    {
        if (!TryView<Abi.ForkRecord>(record, out var view))
        {
            return false;
        }

        ref readonly var fork = ref view[0];
        identities.OnFork(new Enrich.ForkRecord
        {
            Pid = (int)fork.Pid,
            ParentPid = (int)fork.ParentPid,
            StartTimeNs = fork.StartNs,
            Comm = ToNul(fork.Comm),
        });
        return true;
    }

    private bool ReadExit(ReadOnlySpan<byte> record)
    {
        if (!TryView<ExitRecord>(record, out var view))
        {
            return false;
        }

        identities.OnExit((int)view[0].Pid, view[0].StartNs);
        return true;
    }

    private bool ReadCgroup(ReadOnlySpan<byte> record)
    {
        if (!TryView<CgroupRecord>(record, out var view))
        {
            return false;
        }

        ref readonly var cgroup = ref view[0];
        if (cgroup.Header.Type == RecordKind.CgroupCreated)
        {
            identities.OnCgroupCreated(cgroup.Id, ToNul(cgroup.Path));
            policies?.OnCgroupCreated(cgroup.Id, ToNul(cgroup.Path));
        }
        else
        {
            identities.OnCgroupRemoved(cgroup.Id);
            policies?.OnCgroupRemoved(cgroup.Id);
        }

        return true;
    }

    /// <summary>The same few processes send most packets: their owners are made once.</summary>
    private Owner OwnerOf(in OwnerRecord record)
    {
        if (record.Pid == 0 && record.CgroupId == 0)
        {
            return Owner.Unknown;
        }

        ref var cached = ref owners[record.Pid % OwnerCacheSize];
        if (cached.Owner.Comm is null || !MemoryMarshal.AsBytes(new ReadOnlySpan<OwnerRecord>(in record)).SequenceEqual(MemoryMarshal.AsBytes(new ReadOnlySpan<OwnerRecord>(in cached.Record))))
        {
            var comm = Encoding.UTF8.GetString(ToNul(record.Comm));
            cached = new CachedOwner(record, new Owner((int)record.Pid, record.StartNs, record.Uid, record.CgroupId, record.NetnsCookie, comm));
        }

        return cached.Owner;
    }

    private struct CachedOwner(OwnerRecord record, Owner owner)
    {
        public readonly OwnerRecord Record = record;
        public readonly Owner Owner = owner;
    }
}
