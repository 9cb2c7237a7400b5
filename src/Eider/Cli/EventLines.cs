// The agent's stream of events, line by line.

using System.Buffers;
using System.IO.Pipelines;
using Eider.Output;

namespace Eider.Cli;

/// <summary>Splits the body of GET /v1/events into lines. Not safe for concurrent use.</summary>
internal sealed class EventLines(Stream body) : IDisposable
{
    /// <summary>Longer than any event: 64 KiB of DNS in escaped words.</summary>
    private const int LongestLine = 8 << 20;

    private readonly PipeReader _reader = PipeReader.Create(body);

    /// <summary>Waits for lines and hands each to <paramref name="take"/>, without its newline.</summary>
    /// <returns>False when the stream has ended.</returns>
    /// <exception cref="CliException">The agent went away in the middle.</exception>
    public async ValueTask<bool> ReadAsync(Action<ReadOnlySequence<byte>> take, CancellationToken cancellation)
    {
        ReadResult read;
        try
        {
            read = await _reader.ReadAsync(cancellation);
        }
        catch (Exception broken) when (broken is IOException or HttpRequestException)
        {
            throw new CliException(ExitCode.AgentNotRunning, "agent", "it went away", "see its output; `eider status` tells when it is back", broken);
        }

        var rest = read.Buffer;
        while (rest.PositionOf((byte)'\n') is { } end)
        {
            take(rest.Slice(0, end));
            rest = rest.Slice(rest.GetPosition(1, end));
        }

        if (rest.Length > LongestLine)
        {
            throw new CliException(ExitCode.Failed, "agent", "it sent a line that is no event", "check that the socket is an agent's");
        }

        _reader.AdvanceTo(rest.Start, rest.End);
        return !read.IsCompleted;
    }

    /// <summary>As <see cref="ReadAsync"/>, for rows; empty at the end of the stream.</summary>
    public async ValueTask<IReadOnlyList<EventRow>> ReadRowsAsync(CancellationToken cancellation)
    {
        var rows = new List<EventRow>();
        var goesOn = true;
        while (rows.Count == 0 && goesOn)
        {
            goesOn = await ReadAsync(line => rows.Add(EventRowReader.Read(line.ToArray())), cancellation);
        }

        return rows;
    }

    public void Dispose() => _reader.Complete();
}
