// A process that writes history as fast as it can until it is killed: this test program run again with a variable set.

using System.Diagnostics;
using System.Runtime.CompilerServices;
using Eider.Core;
using Eider.Core.Store;

namespace Eider.Tests.Store;

/// <summary>Events are numbered from 0; the child prints how many it has been told are kept.</summary>
internal sealed class KilledWriter : IDisposable
{
    private const string PathVariable = "EIDER_TEST_HISTORY_WRITER";

    /// <summary>Only a defect takes this long.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(1);

    private readonly Process _process;

    private KilledWriter(Process process) => _process = process;

    public static KilledWriter Start(string path)
    {
        var start = new ProcessStartInfo(Environment.ProcessPath!) { RedirectStandardOutput = true };
        if (Path.GetFileNameWithoutExtension(start.FileName) == "dotnet")
        {
            start.ArgumentList.Add("exec");
            start.ArgumentList.Add(typeof(KilledWriter).Assembly.Location);
        }

        start.Environment[PathVariable] = path;
        return new KilledWriter(Process.Start(start)!);
    }

    /// <summary>Lets it run until it has reported so many kept events, kills it with SIGKILL, and gives the last number it reported.</summary>
    public async Task<long> KillAfterAsync(long kept)
    {
        var last = 0L;
        while (last < kept)
        {
            last = long.Parse(await ReadLineAsync() ?? throw new InvalidOperationException("the writer ended by itself"));
        }

        _process.Kill();
        await _process.WaitForExitAsync();
        while (await ReadLineAsync() is { } line && long.TryParse(line, out var later))
        {
            last = later;
        }

        return last;
    }

    public void Dispose()
    {
        _process.Kill();
        _process.Dispose();
    }

    private Task<string?> ReadLineAsync() => _process.StandardOutput.ReadLineAsync().WaitAsync(Patience);

    /// <summary>Runs before the test runner's own entry point, in the child only.</summary>
    [ModuleInitializer]
    internal static void WriteUntilKilled()
    {
        if (Environment.GetEnvironmentVariable(PathVariable) is not { } path)
        {
            return;
        }

        // Other threads wait at this assembly's types until this initializer returns, which it never does: nothing of ours may reach the store's thread.
        var identity = new Identity { Unit = "writer.service" };
        var store = new HistoryStore(new HistoryOptions { Path = path, MaxAge = TimeSpan.FromDays(36_500), RowsPerSecond = int.MaxValue }, TimeProvider.System, Console.Error.WriteLine);
        for (var number = 0L; ; number++)
        {
            store.Publish(HistoryFolder.Numbered(number, identity));
            if (number % 100 == 99)
            {
                store.FlushAsync().GetAwaiter().GetResult();
                Console.Out.WriteLine(number + 1);
            }
        }
    }
}
