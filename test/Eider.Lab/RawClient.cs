// Sockets that send exactly the octets they are told to, when they are told to: for messages that no honest client sends, and sockets older than the agent.

using System.Net;

namespace Eider.Lab;

/// <summary>A python3 process in a pod with one connected socket. Not thread safe.</summary>
public sealed class RawClient : IDisposable
{
    private const string Script = """
        import socket, sys
        udp, server = sys.argv[1] == 'udp', sys.argv[2]
        family = socket.AF_INET6 if ':' in server else socket.AF_INET
        s = socket.socket(family, socket.SOCK_DGRAM if udp else socket.SOCK_STREAM)
        s.settimeout(10)
        s.connect((server, 53))
        if not udp:
            s.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        print('connected', flush=True)
        for number, line in enumerate(sys.stdin):
            if line == 'receive\n':
                print('received', number, s.recv(65535).hex(), flush=True)
            else:
                octets = bytes.fromhex(line)
                s.send(octets) if udp else s.sendall(octets)
                print('sent', number, flush=True)
        """;

    private int _line;

    /// <summary>Opens and connects the socket, before it returns.</summary>
    /// <exception cref="LabException">It could not connect.</exception>
    public RawClient(Pod pod, Transport transport, IPAddress server)
    {
        Process = pod.Start("/usr/bin/python3", "-c", Script, transport == Transport.Udp ? "udp" : "tcp", $"{server}");
        Process.WaitFor("connected", AgentProcess.Patience);
    }

    public enum Transport
    {
        Udp,
        Tcp,
    }

    public LabProcess Process { get; }

    /// <summary>Sends one datagram, or one TCP segment's worth.</summary>
    /// <exception cref="LabException">The socket refused.</exception>
    public void Send(ReadOnlySpan<byte> octets) => Do(Convert.ToHexStringLower(octets), $"sent {_line}");

    /// <summary>Waits for octets to arrive.</summary>
    /// <exception cref="LabException">None came within 10 s.</exception>
    public void Receive() => Do("receive", $"received {_line}");

    public void Dispose() => Process.Dispose();

    private void Do(string line, string confirmation)
    {
        Process.Write(line + "\n");
        Process.WaitFor(confirmation, AgentProcess.Patience);
        _line++;
    }
}
