// Feeds a live table: events as they come, a redraw some times a second.

namespace Eider.Output;

internal static class LiveLoop
{
    /// <summary>Runs until <paramref name="read"/> gives an empty batch or is cancelled; then leaves the totals on the terminal.</summary>
    /// <param name="lossOf">How many events a loss event stands for; 0 for any other.</param>
    public static async Task Run<T>(
        LiveTable<T> table, Func<CancellationToken, ValueTask<IReadOnlyList<T>>> read, Func<T, long> lossOf, CancellationToken cancellation)
    {
        using var redraw = new PeriodicTimer(LiveTable<T>.RedrawInterval);
        var reading = read(cancellation).AsTask();
        var tick = redraw.WaitForNextTickAsync(CancellationToken.None).AsTask();
        table.Redraw();
        try
        {
            while (true)
            {
                await Task.WhenAny(reading, tick);
                if (reading.IsCompleted)
                {
                    var batch = await reading;
                    if (batch.Count == 0)
                    {
                        break;
                    }

                    foreach (var published in batch)
                    {
                        table.Add(published, lossOf(published));
                    }

                    reading = read(cancellation).AsTask();
                }

                if (tick.IsCompleted)
                {
                    table.Redraw();
                    tick = redraw.WaitForNextTickAsync(CancellationToken.None).AsTask();
                }
            }
        }
        catch (OperationCanceledException)
        {
            // Ctrl-C: the usual end.
        }

        table.Close();
    }
}
