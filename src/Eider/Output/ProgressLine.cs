// How far a long import has come, on one line of a terminal that is gone when the import is.

using System.Globalization;
using Eider.Core.Lists;

namespace Eider.Output;

/// <summary>Thread-safe.</summary>
/// <param name="isShown">False: nothing is ever written.</param>
internal sealed class ProgressLine(TextWriter output, bool isShown, TimeProvider time) : IDisposable
{
    private const int BarWidth = 30;

    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(100);

    private readonly Lock _gate = new();
    private long? _last;

    /// <summary>Standard error is a terminal whose cursor can go back.</summary>
    public static bool IsWanted => !Console.IsErrorRedirected && !Style.IsDumb;

    public void Show(ListProgress progress)
    {
        lock (_gate)
        {
            if (!isShown || (_last is { } last && time.GetElapsedTime(last) < Interval))
            {
                return;
            }

            _last = time.GetTimestamp();
            output.Write($"\r{Text(progress)}\e[K");
            output.Flush();
        }
    }

    public void Dispose()
    {
        lock (_gate)
        {
            if (_last is not null)
            {
                output.Write("\r\e[K");
                output.Flush();
            }
        }
    }

    private static string Text(ListProgress progress)
    {
        var stage = progress.Stage == ListStage.Fetching ? "fetching" : "reading ";
        var names = progress.Stage == ListStage.Fetching ? "" : string.Create(CultureInfo.InvariantCulture, $", {progress.Names:n0} names");
        var mebi = progress.Octets / 1048576.0;
        if (progress.TotalOctets is not > 0)
        {
            return string.Create(CultureInfo.InvariantCulture, $"{stage} {progress.List} {mebi:0.0} MiB{names}");
        }

        var share = Math.Min(1, (double)progress.Octets / progress.TotalOctets.Value);
        var filled = (int)(share * BarWidth);
        return string.Create(CultureInfo.InvariantCulture, $"{stage} {progress.List} [{new string('#', filled)}{new string('.', BarWidth - filled)}] {share,4:0 %} {mebi:0.0} MiB{names}");
    }
}
