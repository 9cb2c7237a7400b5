// Alerts by syslog: to a socket of this machine, by UDP (RFC 5426), or by TCP with octets counted (RFC 6587 3.4.1).

using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using Eider.Core;
using Eider.Core.Config;

namespace Eider.Publish.Alerts;

/// <summary>Connects when there is something to send. Syslog acknowledges nothing: what a receiver had not read when it went away is lost, and nobody can tell.</summary>
internal sealed class SyslogSender(SyslogConfig config, string node, TimeProvider time) : IAlertSender
{
    /// <summary>For the connection and the sending together.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    private Socket? _socket;

    public string Name { get; } = $"syslog {config.To}";

    public async Task<DeliveryResult> SendAsync(Alert alert, CancellationToken cancellation)
    {
        var message = SyslogMessage.Format(alert, config.Facility, node, config.To.Transport == SyslogTransport.Tcp ? SyslogMessage.StreamLength : SyslogMessage.DatagramLength);
        using var patience = new CancellationTokenSource(Patience, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellation, patience.Token);
        try
        {
            DropIfClosed();
            _socket ??= await ConnectAsync(either.Token);
            await SendAsync(_socket, message, either.Token);
            return new(Delivery.Sent);
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            Drop();
            return new(Delivery.Away, $"takes nothing for {Patience.TotalSeconds:0} s; check the receiver");
        }
        catch (SocketException e)
        {
            Drop();
            return new(Delivery.Away, Describe(e));
        }
        catch (Exception)
        {
            // Half a message may have been sent.
            Drop();
            throw;
        }
    }

    public void Dispose() => Drop();

    private async Task<Socket> ConnectAsync(CancellationToken cancellation)
    {
        var socket = config.To.Transport switch
        {
            SyslogTransport.Unix => new Socket(AddressFamily.Unix, SocketType.Dgram, ProtocolType.Unspecified),
            SyslogTransport.Udp => new Socket(SocketType.Dgram, ProtocolType.Udp),
            _ => new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true },
        };
        try
        {
            await socket.ConnectAsync(EndpointOf(config.To), cancellation);
            return socket;
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    private static EndPoint EndpointOf(SyslogTarget to) => to switch
    {
        { Transport: SyslogTransport.Unix } => new UnixDomainSocketEndPoint(to.Address),
        _ when IPAddress.TryParse(to.Address, out var address) => new IPEndPoint(address, to.Port),
        _ => new DnsEndPoint(to.Address, to.Port),
    };

    private async Task SendAsync(Socket socket, byte[] message, CancellationToken cancellation)
    {
        if (config.To.Transport != SyslogTransport.Tcp)
        {
            await socket.SendAsync(message, cancellation);
            return;
        }

        ReadOnlyMemory<byte> rest = (byte[])[.. Encoding.ASCII.GetBytes(message.Length.ToString(CultureInfo.InvariantCulture) + " "), .. message];
        while (!rest.IsEmpty)
        {
            rest = rest[await socket.SendAsync(rest, cancellation)..];
        }
    }

    /// <summary>A receiver that has closed its end would take the next message without a word, and drop it.</summary>
    private void DropIfClosed()
    {
        try
        {
            if (config.To.Transport == SyslogTransport.Tcp && _socket is { } socket && socket.Poll(TimeSpan.Zero, SelectMode.SelectRead))
            {
                // A receiver of syslog says nothing; whatever it did say is not read.
                if (socket.Available == 0)
                {
                    Drop();
                }
            }
        }
        catch (SocketException)
        {
            Drop();
        }
    }

    private void Drop()
    {
        _socket?.Dispose();
        _socket = null;
    }

    private string Describe(SocketException e) => (config.To.Transport, e.SocketErrorCode) switch
    {
        (SyslogTransport.Unix, SocketError.AddressNotAvailable or SocketError.ConnectionRefused) => "nothing listens there; see whether the syslog service runs",
        (SyslogTransport.Unix, SocketError.ProtocolType) => "it is a socket for streams; name one for datagrams",
        (SyslogTransport.Unix, SocketError.AccessDenied) => "permission denied; let the agent's user write to it",
        _ => $"cannot be reached ({e.Message}); check the address and the network",
    };
}
