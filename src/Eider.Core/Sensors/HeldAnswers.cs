// Sensor: answers that the kernel holds back (bpf/lib/hold.h) until a better one has come or their time is up; then they are received once more.

using System.Buffers.Binary;
using System.Runtime.InteropServices;
using Eider.Bpf;
using Eider.Core.Abi;

namespace Eider.Core.Sensors;

/// <summary>Called from the pipeline's thread; sockets receive what is let go of a moment later.</summary>
public sealed class HeldAnswers
{
    /// <summary>Answers held at once. Who makes more look suspicious has them dropped, and their clients ask again.</summary>
    public const int Limit = 1024;

    /// <summary>The kernel holds nothing back when it has not heard of us for so long.</summary>
    private static readonly ulong HeartbeatNs = (ulong)TimeSpan.FromSeconds(1).TotalNanoseconds;

    private readonly BpfProgram release;
    private readonly BpfProgram receive;
    private readonly Func<ulong, string?> namespacePath;
    private readonly ulong ownCookie = NetworkNamespace.Cookie();
    private readonly List<Held> held = [];
    private long lost;

    /// <param name="namespacePath">Where a network namespace can be entered, by its cookie; null where it is not known.</param>
    internal HeldAnswers(KernelSensor sensor, Func<ulong, string?> namespacePath)
    {
        this.namespacePath = namespacePath;
        release = sensor.Program("answer_release");
        receive = sensor.Program("answer_receive");
    }

    private readonly record struct Held(ulong DueNs, Endpoint Server, Endpoint Client, ushort Id, ulong Netns, uint Ifindex, byte[] Payload);

    /// <summary>Held answers that could not be delivered. Any thread.</summary>
    public long Lost => Volatile.Read(ref lost);

    /// <summary>Until when the kernel may hold answers back, on its clock.</summary>
    public static ulong HoldUntil(ulong nowNs) => nowNs + HeartbeatNs;

    /// <summary>Takes a response that is held back.</summary>
    internal void Hold(in DnsRecord record, ReadOnlySpan<byte> payload)
    {
        if (payload.Length < sizeof(ushort) || held.Count == Limit)
        {
            Interlocked.Increment(ref lost);
            return;
        }

        var answer = new Held(record.Header.TimeNs + (record.HoldMs * 1_000_000UL), new(IpAddress.FromOctets(record.Source), record.SourcePort),
            new(IpAddress.FromOctets(record.Destination), record.DestinationPort), MemoryMarshal.Read<ushort>(payload), record.Owner.NetnsCookie, record.TcpSequence, payload.ToArray());
        if (!held.Exists(other => IsSameQuestion(other, answer)))
        {
            held.Add(answer);
        }
    }

    /// <summary>Takes a response that was delivered: it is better than what is held back of the same question.</summary>
    internal void Delivered(in DnsRecord record, ReadOnlySpan<byte> payload)
    {
        if (held.Count > 0 && payload.Length >= sizeof(ushort))
        {
            var (id, client) = (MemoryMarshal.Read<ushort>(payload), new Endpoint(IpAddress.FromOctets(record.Destination), record.DestinationPort));
            var netns = record.Owner.NetnsCookie;
            held.RemoveAll(answer => answer.Id == id && answer.Client == client && answer.Netns == netns);
        }
    }

    /// <summary>Lets go of what has waited long enough.</summary>
    /// <param name="nowNs">On <see cref="Clock.BoottimeNs"/>.</param>
    public void Advance(ulong nowNs)
    {
        for (var at = held.Count - 1; at >= 0; at--)
        {
            if (held[at].DueNs <= nowNs)
            {
                var due = held[at];
                held.RemoveAt(at);
                // Entering a namespace takes a thread of its own, and time that the ring's reader does not have.
                _ = Task.Run(() => LetGo(due));
            }
        }
    }

    private void LetGo(Held answer)
    {
        try
        {
            var asked = new ReleaseRecord { NetnsCookie = answer.Netns, ClientPort = answer.Client.Port, Id = answer.Id };
            BinaryPrimitives.WriteUInt128BigEndian(asked.Server, answer.Server.Address.Value);
            var told = release.TestRun(context: MemoryMarshal.AsBytes(new ReadOnlySpan<ReleaseRecord>(in asked)));
            if (told.ReturnValue != 0 || MemoryMarshal.Read<ReleaseRecord>(told.Context).Released == 0)
            {
                return; // a better one has come in this very moment
            }

            var frame = UdpFrame.Of(answer.Server, answer.Client, answer.Payload);
            if (answer.Netns == ownCookie)
            {
                receive.Receive(frame, answer.Ifindex);
            }
            else if (namespacePath(answer.Netns) is not { } path)
            {
                Interlocked.Increment(ref lost); // younger than the last look at the namespaces
            }
            else
            {
                NetworkNamespace.Run(path, () =>
                {
                    receive.Receive(frame, answer.Ifindex);
                    return true;
                });
            }
        }
        catch (BpfException)
        {
            // Its namespace or device is gone, and most likely its client.
            Interlocked.Increment(ref lost);
        }
    }

    private static bool IsSameQuestion(in Held one, in Held other) => one.Id == other.Id && one.Client == other.Client && one.Server == other.Server && one.Netns == other.Netns;
}

/// <summary>An Ethernet frame around a datagram.</summary>
internal static class UdpFrame
{
    private const int Ethernet = 14;
    private const int Udp = 8;
    private const byte Protocol = 17;
    private const byte HopLimit = 64;

    public static byte[] Of(Endpoint source, Endpoint destination, ReadOnlySpan<byte> payload)
    {
        var isV4 = source.Address.IsV4;
        var network = isV4 ? 20 : 40;
        var frame = new byte[Ethernet + network + Udp + payload.Length];
        frame.AsSpan(0, 6).Fill(0xff); // whatever the device's own address is
        BinaryPrimitives.WriteUInt16BigEndian(frame.AsSpan(12), isV4 ? (ushort)0x0800 : (ushort)0x86dd);
        var ip = frame.AsSpan(Ethernet, network);
        var udp = frame.AsSpan(Ethernet + network);
        Span<byte> addresses = stackalloc byte[32];
        BinaryPrimitives.WriteUInt128BigEndian(addresses, source.Address.Value);
        BinaryPrimitives.WriteUInt128BigEndian(addresses[16..], destination.Address.Value);
        if (isV4)
        {
            ip[0] = 0x45;
            BinaryPrimitives.WriteUInt16BigEndian(ip[2..], (ushort)(network + udp.Length));
            (ip[8], ip[9]) = (HopLimit, Protocol);
            addresses[12..16].CopyTo(ip[12..]);
            addresses[28..].CopyTo(ip[16..]);
            BinaryPrimitives.WriteUInt16BigEndian(ip[10..], Checksum(Sum(ip)));
        }
        else
        {
            ip[0] = 0x60;
            BinaryPrimitives.WriteUInt16BigEndian(ip[4..], (ushort)udp.Length);
            (ip[6], ip[7]) = (Protocol, HopLimit);
            addresses.CopyTo(ip[8..]);
        }

        BinaryPrimitives.WriteUInt16BigEndian(udp, source.Port);
        BinaryPrimitives.WriteUInt16BigEndian(udp[2..], destination.Port);
        BinaryPrimitives.WriteUInt16BigEndian(udp[4..], (ushort)udp.Length);
        payload.CopyTo(udp[Udp..]);

        // The pseudo header (RFC 768, RFC 8200 8.1).
        var sum = Sum(isV4 ? ip[12..20] : ip[8..40]) + Protocol + (uint)udp.Length + Sum(udp);
        BinaryPrimitives.WriteUInt16BigEndian(udp[6..], Checksum(sum) is 0 ? (ushort)0xffff : Checksum(sum));
        return frame;
    }

    private static uint Sum(ReadOnlySpan<byte> octets)
    {
        var sum = 0u;
        for (var at = 0; at < octets.Length; at++)
        {
            sum += (at & 1) == 0 ? (uint)octets[at] << 8 : octets[at];
        }

        return sum;
    }

    private static ushort Checksum(uint sum)
    {
        sum = (sum & 0xffff) + (sum >> 16);
        return (ushort)~((sum & 0xffff) + (sum >> 16));
    }
}
