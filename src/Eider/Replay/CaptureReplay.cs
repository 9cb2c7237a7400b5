// A capture file through the same road as live traffic.

using Eider.Core;
using Eider.Core.Capture;
using Eider.Core.Detect;
using Eider.Core.Transactions;

namespace Eider.Replay;

/// <summary>Reads captures one after the other into one pipeline.</summary>
public sealed class CaptureReplay : IDisposable
{
    private readonly Pipeline _pipeline;
    private readonly PacketDissector _dissector;

    /// <param name="timeout">A query without a response for this long is unanswered.</param>
    /// <param name="detect">Null to look for nothing.</param>
    public CaptureReplay(IEventSink sink, DnsPorts ports, TimeSpan timeout, DetectOptions? detect)
    {
        var seed = Secret.Next();
        _pipeline = new Pipeline([sink], identify: null, new PipelineOptions
        {
            Seed = seed,
            Transactions = new TransactionOptions { Timeout = timeout },
            Detect = detect,
        });
        _dissector = new PacketDissector(ports, _pipeline.Process, _pipeline.Quoted);
    }

    public CaptureStatistics Frames => _dissector.Statistics;

    public PipelineCounters Pipeline => _pipeline.Counters;

    /// <summary>Reads one file to its end. Events of what is under way at its end are held until <see cref="Finish"/>: a capture may go on in the next file.</summary>
    /// <param name="path">A file, or <c>-</c> for standard input.</param>
    /// <returns>Why the file could not be opened or reading ended early; null after a whole capture. What came before was delivered.</returns>
    public CaptureError? Read(string path, CancellationToken cancellation)
    {
        CaptureError? error;
        var isOpen = path == "-"
            ? CaptureFile.TryOpen(Console.OpenStandardInput(), "standard input", out var file, out error)
            : CaptureFile.TryOpen(path, out file, out error);
        if (!isOpen)
        {
            return error;
        }

        using (file)
        {
            while (file!.TryReadFrame(out var frame))
            {
                _dissector.Dissect(frame);
                cancellation.ThrowIfCancellationRequested();
            }

            return file.Error;
        }
    }

    /// <summary>No more files follow: publishes what is under way as it stands.</summary>
    public void Finish()
    {
        _dissector.Finish();
        _pipeline.Flush();
    }

    public void Dispose() => _pipeline.Dispose();
}
