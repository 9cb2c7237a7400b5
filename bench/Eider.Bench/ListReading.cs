// What importing a large list costs: reading it in each format, and the whole way from a file to the store.

using System.Diagnostics;
using Eider.Core.Lists;
using Eider.Core.Policy;
using Eider.Lab;

namespace Eider.Bench;

internal static class ListReading
{
    private const int Rounds = 5;

    private static readonly (ListFormat Format, string Before, string After)[] Formats =
    [
        (ListFormat.Domains, "", "\n"), (ListFormat.Hosts, "0.0.0.0 ", "\n"), (ListFormat.Adblock, "||", "^\n"), (ListFormat.Rpz, "", " CNAME .\n"),
        (ListFormat.Dnsmasq, "address=/", "/\n"), (ListFormat.Unbound, "local-zone: \"", "\" always_nxdomain\n"),
    ];

    public static IEnumerable<Measurement> Measure()
    {
        var folder = Directory.CreateTempSubdirectory("eider-bench-lists-").FullName;
        try
        {
            var path = Path.Combine(folder, "list.txt");
            foreach (var (format, before, after) in Formats)
            {
                Write(path, before, after);
                var (perSecond, allocated) = Read(path, format);
                var name = $"lists.{format.ToString().ToLowerInvariant()}";
                yield return Measurement.AtLeast($"{name}.names_per_s", perSecond, "names/s", 2_000_000);
                yield return Measurement.AtMost($"{name}.alloc_kib", allocated, "KiB", 10 * 1024);
            }

            Write(path, "", "\n");
            yield return Measurement.Of("lists.import_ms", Import(folder, path), "ms");
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static void Write(string path, string before, string after)
    {
        using var file = File.Create(path);
        SyntheticNames.WriteList(file, SyntheticNames.Standard, before, after);
    }

    /// <summary>Names per second of this thread's time, and KiB that the whole reading allocates.</summary>
    private static (double PerSecond, double AllocatedKib) Read(string path, ListFormat format)
    {
        var rates = new List<double>();
        var allocated = 0L;
        for (var round = 0; round <= Rounds; round++)
        {
            allocated = GC.GetAllocatedBytesForCurrentThread();
            var began = Stopwatch.GetTimestamp();
            var names = ReadOnce(path, format);
            var seconds = Stopwatch.GetElapsedTime(began).TotalSeconds;
            allocated = GC.GetAllocatedBytesForCurrentThread() - allocated;

            // The first round is the compiler's.
            if (round > 0)
            {
                rates.Add(names / seconds);
            }
        }

        return (Measurement.Median(rates), allocated / 1024.0);
    }

    private static long ReadOnce(string path, ListFormat format)
    {
        if (!DomainListReader.TryOpen(path, format, ListMatch.Subdomains, out var reader, out var error))
        {
            throw new LabException(error.Message);
        }

        using (reader)
        {
            while (reader.TryRead(out _))
            {
            }

            return reader.Import.Names == SyntheticNames.Standard ? reader.Import.Names : throw new LabException($"{reader.Import.Names} names read of {SyntheticNames.Standard}");
        }
    }

    /// <summary>Copied, hashed, on disk, read to the end, in place.</summary>
    private static double Import(string folder, string path)
    {
        var store = new ListStore(Path.Combine(folder, "store"), TimeProvider.System);
        using var fetcher = new ListFetcher(store, TimeProvider.System);
        var spec = new DomainListSpec { Name = "bench", Source = new FileListSource(path), Place = default };
        var times = new List<double>();
        for (var round = 0; round < Rounds; round++)
        {
            var began = Stopwatch.GetTimestamp();
            var fetch = fetcher.FetchAsync(spec).GetAwaiter().GetResult();
            times.Add(Stopwatch.GetElapsedTime(began).TotalMilliseconds);
            if (fetch.Outcome != FetchOutcome.Updated)
            {
                throw new LabException(fetch.ToString());
            }

            store.Remove("bench");
        }

        return Measurement.Median(times);
    }
}
