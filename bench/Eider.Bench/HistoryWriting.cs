// How fast the history is written and how large its rows are: while it grows, and at its size limit, where every row costs the deletion of another.

using System.Diagnostics;
using Eider.Core;
using Eider.Core.Store;

namespace Eider.Bench;

internal static class HistoryWriting
{
    private const int Rows = 300_000;

    /// <summary>Fewer than the queue holds: nothing is dropped.</summary>
    private const int RowsAhead = 20_000;

    private const int Processes = 200;
    private const int MessageLength = 120;

    public static IEnumerable<Measurement> Measure()
    {
        // Beside this program, not in /tmp, which may be memory.
        var folder = Directory.CreateDirectory(Path.Combine(AppContext.BaseDirectory, "history")).FullName;
        try
        {
            var path = Path.Combine(folder, "history.db");
            var growing = Write(new HistoryOptions { Path = path, RowsPerSecond = int.MaxValue }, 0);
            yield return Measurement.Of("history.rows_per_s", growing, "rows/s");
            yield return Measurement.Of("history.bytes_per_row", (double)new FileInfo(path).Length / Rows, "octets");
            var limit = new FileInfo(path).Length;
            yield return Measurement.Of("history.rows_per_s_at_limit", Write(new HistoryOptions { Path = path, MaxBytes = limit, RowsPerSecond = int.MaxValue }, Rows), "rows/s");
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    /// <summary>Rows a second, from the first event published to the last one committed.</summary>
    private static double Write(HistoryOptions options, int first)
    {
        var identities = Enumerable.Range(0, Processes).Select(Process).ToArray();
        var nowNs = (DateTimeOffset.UtcNow - DateTimeOffset.UnixEpoch).Ticks * TimeSpan.NanosecondsPerTick;
        using var store = new HistoryStore(options, TimeProvider.System, Console.Error.WriteLine);
        var watch = Stopwatch.StartNew();
        for (var number = first; number < first + Rows; number++)
        {
            store.Publish(Exchange(number, nowNs + number * 1000L, identities[number % Processes]));
            if (number % RowsAhead == RowsAhead - 1)
            {
                store.FlushAsync().GetAwaiter().GetResult();
            }
        }

        store.FlushAsync().GetAwaiter().GetResult();
        return store.Statistics.Written / watch.Elapsed.TotalSeconds;
    }

    private static Identity Process(int number) => new()
    {
        Process = new ProcessInfo(1000 + number, DateTimeOffset.UnixEpoch.AddSeconds(number), "java", "/usr/lib/jvm/bin/java", "java -Xmx512m -jar /srv/shop.jar", []),
        User = new UserInfo(1000, "shop"),
        Cgroup = new CgroupInfo((ulong)number, $"/kubepods.slice/kubepods-burstable.slice/kubepods-burstable-pod{number:x8}.slice"),
        Pod = new PodInfo($"{number:x8}-8d0c-4a52-9b61-1f2d3c4b5a69"),
    };

    /// <summary>An answered exchange: a name of 33 characters, a response of <see cref="MessageLength"/> octets.</summary>
    private static DnsEvent Exchange(int number, long timeNs, Identity identity)
    {
        var message = new byte[MessageLength];
        Random.Shared.NextBytes(message);
        return new DnsEvent
        {
            TimeNs = timeNs,
            EventKind = EventKind.Transaction,
            Role = Role.Client,
            Transport = Transport.Udp,
            Client = new Endpoint(IpAddress.FromOctets([10, 244, (byte)(number % 8), 5]), (ushort)(number % 60_000)),
            Server = new Endpoint(IpAddress.FromOctets([10, 96, 0, 10]), 53),
            Identity = identity,
            Id = (ushort)number,
            Name = $"host{number:d8}.shop.svc.cluster.local",
            QueryType = 1,
            Rcode = 0,
            Message = message,
            WireLength = MessageLength,
            QueryLength = 60,
            LatencyNs = 1_234_567 + number,
        };
    }
}
