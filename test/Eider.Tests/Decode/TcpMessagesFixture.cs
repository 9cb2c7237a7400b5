// A TcpMessages under test with what it handed on, and the octets to feed it.

using System.Buffers.Binary;
using Eider.Core;
using Eider.Core.Decode;

namespace Eider.Tests.Decode;

internal sealed record Handed(byte[] Message, int WireLength, Malformed? Fault, long TimeNs, Owner Owner);

internal sealed class TcpMessagesFixture : IDisposable
{
    public const uint Initial = 0xffff_fff0; // wraps within the first octets

    public static readonly Endpoint Client = new(IpAddress.FromOctets([192, 0, 2, 1]), 40000);
    public static readonly Endpoint Server = new(IpAddress.FromOctets([192, 0, 2, 53]), 53);

    public TcpMessagesFixture(TcpMessagesOptions? options = null) => Tcp = new TcpMessages(Take, options);

    public TcpMessages Tcp { get; }

    public List<Handed> Handed { get; } = [];

    public IEnumerable<byte[]> Whole => Handed.Where(handed => handed.Fault is null).Select(handed => handed.Message);

    public IEnumerable<Handed> Faults => Handed.Where(handed => handed.Fault is not null);

    public long TimeNs { get; set; } = 1_000_000_000_000;

    public void Syn(uint sequence = Initial, Endpoint? source = null) => Send(sequence, [], flags: 0x02, source: source);

    /// <summary>Sends octets that start <paramref name="offset"/> octets into the stream.</summary>
    public void SendAt(int offset, ReadOnlySpan<byte> octets, byte flags = 0, int cut = 0, Endpoint? source = null, KernelVerdict verdict = default) =>
        Send(unchecked(Initial + (uint)offset), octets, flags, cut, source, verdict: verdict);

    public void Send(uint sequence, ReadOnlySpan<byte> octets, byte flags = 0, int cut = 0, Endpoint? source = null, Direction direction = Direction.Captured, ulong scope = 0, KernelVerdict verdict = default)
    {
        TimeNs += 1000;
        Tcp.Push(new Packet
        {
            TimeNs = TimeNs,
            Direction = direction,
            Transport = Transport.Tcp,
            Source = source ?? Client,
            Destination = Server,
            Scope = scope,
            Owner = new Owner(42, 1, 0, 0, 0, "dig"),
            Payload = octets[..(octets.Length - cut)],
            WireLength = octets.Length,
            TcpSequence = sequence,
            TcpFlags = flags,
            Verdict = verdict,
        });
    }

    public void Dispose() => Tcp.Dispose();

    /// <summary>A query message for a name of this many octets, all distinct by id.</summary>
    public static byte[] Query(ushort id, int nameLength = 3)
    {
        var message = new byte[12 + 1 + nameLength + 1 + 4];
        BinaryPrimitives.WriteUInt16BigEndian(message, id);
        message[2] = 0x01;
        message[5] = 1;
        message[12] = (byte)nameLength;
        message.AsSpan(13, nameLength).Fill((byte)('a' + (id % 26)));
        message[^3] = 1;
        message[^1] = 1;
        return message;
    }

    /// <summary>A response of exactly this many octets.</summary>
    public static byte[] Response(ushort id, int length)
    {
        var message = new byte[length];
        new Random(id).NextBytes(message);
        BinaryPrimitives.WriteUInt16BigEndian(message, id);
        new byte[] { 0x81, 0x80, 0, 1, 0, 1, 0, 0, 0, 0 }.CopyTo(message, 2);
        return message;
    }

    public static byte[] Framed(params IEnumerable<byte[]> messages)
    {
        var stream = new List<byte>();
        foreach (var message in messages)
        {
            stream.Add((byte)(message.Length >> 8));
            stream.Add((byte)message.Length);
            stream.AddRange(message);
        }

        return [.. stream];
    }

    private void Take(in Packet message, Malformed? fault) =>
        Handed.Add(new(message.Payload.ToArray(), message.WireLength, fault, message.TimeNs, message.Owner));
}
