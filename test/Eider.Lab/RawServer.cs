// A DNS server that answers every query with the octets it was given: for answers that no honest server sends.

namespace Eider.Lab;

/// <summary>A python3 process on UDP port 53 of a pod. Each answer is the id of the query, then the given octets.</summary>
public sealed class RawServer : IDisposable
{
    private const string Script = """
        import socket, sys
        s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        s.bind((sys.argv[1], 53))
        answers = [bytes.fromhex(answer) for answer in sys.argv[2:]]
        print('bound', flush=True)
        while True:
            query, client = s.recvfrom(65535)
            for answer in answers:
                s.sendto(query[:2] + answer, client)
        """;

    /// <param name="answers">Sent one after the other, from the third octet of the message on.</param>
    public RawServer(Pod pod, params byte[][] answers)
    {
        Process = pod.Start("/usr/bin/python3", ["-c", Script, $"{pod.V4}", .. answers.Select(Convert.ToHexStringLower)]);
        Process.WaitFor("bound", AgentProcess.Patience);
    }

    public LabProcess Process { get; }

    public void Dispose() => Process.Dispose();
}
