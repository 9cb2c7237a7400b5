// From packets to transactions: what the end of a TCP connection means for the queries sent over it.

using Eider.Core;
using Eider.Tests.Decode;
using Xunit;

namespace Eider.Tests.Transactions;

public sealed class ConnectionEndTests : IEventSink, IDisposable
{
    private const long Second = 1_000_000_000;
    private const byte Fin = 0x01;
    private const byte Rst = 0x04;

    private readonly Pipeline pipeline;
    private readonly List<DnsEvent> transactions = [];
    private long timeNs = 1_000 * Second;

    public ConnectionEndTests() => pipeline = new Pipeline([this], identify: null, new PipelineOptions { Seed = 1 });

    public void Dispose() => pipeline.Dispose();

    void IEventSink.Publish(Event published)
    {
        if (published is DnsEvent { Kind: EventKind.Transaction } transaction)
        {
            transactions.Add(transaction);
        }
    }

    [Theory]
    [InlineData(Fin, true, Direction.Ingress, true)]
    [InlineData(Rst, true, Direction.Ingress, true)]
    [InlineData(Rst, false, Direction.Egress, true)]
    [InlineData(Fin, false, Direction.Egress, false)] // a client that has asked everything and listens
    [InlineData(Fin, true, Direction.Captured, true)]
    public void Query_is_unanswered_soon_after_its_connection_ends(byte flag, bool byServer, Direction direction, bool ends)
    {
        var toServer = direction == Direction.Captured ? Direction.Captured : Direction.Egress;
        Send(toServer, fromServer: false, TcpMessagesFixture.Framed(TcpMessagesFixture.Query(1)));
        Send(direction, byServer, [], flag, sequence: 23);
        pipeline.Advance(timeNs + Second);
        Assert.Equal(ends, transactions is [{ Unanswered: true }]);
    }

    private void Send(Direction direction, bool fromServer, byte[] octets, byte flags = 0, uint sequence = 0)
    {
        timeNs += 1000;
        pipeline.Process(new Packet
        {
            TimeNs = timeNs,
            Direction = direction,
            Transport = Transport.Tcp,
            Source = fromServer ? TcpMessagesFixture.Server : TcpMessagesFixture.Client,
            Destination = fromServer ? TcpMessagesFixture.Client : TcpMessagesFixture.Server,
            Payload = octets,
            WireLength = octets.Length,
            TcpSequence = sequence,
            TcpFlags = flags,
        });
    }
}
