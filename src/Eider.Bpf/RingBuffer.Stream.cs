// The comfortable side of the ring buffer: an asynchronous stream of copies.

using System.Runtime.CompilerServices;
using System.Threading.Channels;

namespace Eider.Bpf;

public sealed partial class RingBuffer
{
    private const int StreamCapacity = 1024;
    private const int StreamBatch = 256;

    /// <summary>Records as they come, each a copy of its own that may be kept. A thread reads ahead by at most 1,024 records and then leaves the rest
    /// in the ring, so a slow reader loses records only in the kernel, where the program counts them. For hundreds of thousands of records a
    /// second use <see cref="Drain"/>.</summary>
    /// <param name="cancellation">Ends the stream without an exception.</param>
    public async IAsyncEnumerable<ReadOnlyMemory<byte>> ReadAllAsync([EnumeratorCancellation] CancellationToken cancellation = default)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        using var waking = stop.Token.UnsafeRegister(static ring => ((RingBuffer)ring!).Wake(), this);
        var channel = Channel.CreateBounded<byte[]>(new BoundedChannelOptions(StreamCapacity) { SingleReader = true, SingleWriter = true });
        var pump = Task.Factory.StartNew(() => Pump(channel.Writer, stop.Token), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
        try
        {
            while (await MayRead(channel.Reader, stop.Token).ConfigureAwait(false))
            {
                while (channel.Reader.TryRead(out var record))
                {
                    yield return record;
                }
            }
        }
        finally
        {
            await stop.CancelAsync().ConfigureAwait(false);
            await pump.ConfigureAwait(false);
        }
    }

    private static async ValueTask<bool> MayRead(ChannelReader<byte[]> reader, CancellationToken stop)
    {
        try
        {
            return await reader.WaitToReadAsync(stop).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            return false;
        }
    }

    private void Pump(ChannelWriter<byte[]> writer, CancellationToken stop)
    {
        try
        {
            var batch = new List<byte[]>(StreamBatch);
            while (!stop.IsCancellationRequested)
            {
                Drain(ref batch, static (record, ref batch) => batch.Add(record.ToArray()), StreamBatch);
                Write(writer, batch, stop);
                if (batch.Count == 0)
                {
                    Wait(Timeout.InfiniteTimeSpan);
                }

                batch.Clear();
            }

            writer.TryComplete();
        }
        catch (OperationCanceledException)
        {
            writer.TryComplete();
        }
        catch (Exception e)
        {
            // The reader gets it, at its place in the stream.
            writer.TryComplete(e);
        }
    }

    private static void Write(ChannelWriter<byte[]> writer, List<byte[]> batch, CancellationToken stop)
    {
        foreach (var record in batch)
        {
            while (!writer.TryWrite(record))
            {
                writer.WaitToWriteAsync(stop).AsTask().GetAwaiter().GetResult();
            }
        }
    }
}
