// A receiver that begins an answer and never comes to its end.

using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Eider.Tests.Publish.Alerts;

internal sealed class EndlessServer : IDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _stop = new();

    /// <param name="start">Of each answer.</param>
    /// <param name="more">Sent again and again after it, until the client closes; empty: nothing.</param>
    public EndlessServer(string start, string more)
    {
        _listener.Start();
        _ = Task.Run(async () =>
        {
            while (true)
            {
                _ = AnswerAsync(await _listener.AcceptTcpClientAsync(_stop.Token), Encoding.ASCII.GetBytes(start), Encoding.ASCII.GetBytes(more));
            }
        });
    }

    public Uri Url => new($"http://{_listener.LocalEndpoint}/");

    /// <summary>An answer has.</summary>
    public bool HasBegun { get; private set; }

    public void Dispose()
    {
        _stop.Cancel();
        _listener.Dispose();
        _stop.Dispose();
    }

    private async Task AnswerAsync(TcpClient client, byte[] start, byte[] more)
    {
        using (client)
        {
            try
            {
                var stream = client.GetStream();
                _ = await stream.ReadAsync(new byte[64 << 10], _stop.Token);
                await stream.WriteAsync(start, _stop.Token);
                HasBegun = true;
                while (more.Length > 0)
                {
                    await stream.WriteAsync(more, _stop.Token);
                }

                await Task.Delay(Timeout.Infinite, _stop.Token);
            }
            catch (Exception e) when (e is IOException or OperationCanceledException)
            {
                // The client has had enough, or the test has.
            }
        }
    }
}
