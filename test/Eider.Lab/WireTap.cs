// Everything that reaches a pod over its device, as no resolver would tell it: what must not leave a host must not be seen here.

using System.Text;

namespace Eider.Lab;

/// <summary>A python3 process with a packet socket on a pod's eth0.</summary>
public sealed class WireTap : IDisposable
{
    private const string Script = """
        import socket, sys
        s = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(3))
        s.bind(('eth0', 3))
        print('listening', flush=True)
        while True:
            frame, about = s.recvfrom(65535)
            # An error about a packet quotes it, and is none.
            quoted = frame[12:14] == b'\x08\0' and frame[23] == 1 or frame[12:14] == b'\x86\xdd' and frame[20] == 58
            if about[2] != socket.PACKET_OUTGOING and not quoted:
                print(frame.hex(), flush=True)
        """;

    private readonly List<string> _frames = [];
    private readonly LabProcess _process;

    public WireTap(Pod pod)
    {
        _process = pod.Start(Take, "/usr/bin/python3", "-c", Script);
        _process.WaitFor("listening", AgentProcess.Patience);
    }

    /// <summary>Whether a frame with this text in it, in any case, has come. Waits until the query for <paramref name="later"/>, which was sent afterwards, has.</summary>
    public bool HasSeen(string text, string later)
    {
        _process.WaitUntil(() => Holds(later), $"a frame with {later}", AgentProcess.Patience);
        return Holds(text);
    }

    public void Dispose() => _process.Dispose();

    private bool Holds(string text)
    {
        lock (_frames)
        {
            return _frames.Exists(frame => frame.Contains(text, StringComparison.OrdinalIgnoreCase));
        }
    }

    private void Take(string line)
    {
        if (line.Length % 2 == 0 && line.All(char.IsAsciiHexDigit))
        {
            lock (_frames)
            {
                _frames.Add(Encoding.Latin1.GetString(Convert.FromHexString(line)));
            }
        }
    }
}
