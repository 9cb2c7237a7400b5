// A folder of its own for one test's history, and events by the thousand.

using System.Buffers.Binary;
using Eider.Core;
using Eider.Core.Store;
using Eider.Tests.Filters;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Time.Testing;

namespace Eider.Tests.Store;

internal sealed class HistoryFolder : IDisposable
{
    public const long StartNs = 1_769_860_800_000_000_000;

    /// <summary><see cref="StartNs"/>, where time stands until it is advanced.</summary>
    public static readonly DateTimeOffset Start = new(2026, 1, 31, 12, 0, 0, TimeSpan.Zero);

    private readonly List<string> _log = [];

    /// <param name="folder">An empty folder of the caller's; null for a new one that is deleted in the end.</param>
    public HistoryFolder(string? folder = null)
    {
        Folder = folder ?? Directory.CreateTempSubdirectory("eider-history-").FullName;
        Path = System.IO.Path.Combine(Folder, "state", "history.db");
        Options = new HistoryOptions { Path = Path, RowsPerSecond = int.MaxValue };
    }

    public string Folder { get; }

    public string Path { get; }

    /// <summary>The defaults, but for the rate: here time stands still.</summary>
    public HistoryOptions Options { get; }

    public FakeTimeProvider Time { get; } = new(Start);

    public IReadOnlyList<string> Log
    {
        get
        {
            lock (_log)
            {
                return [.. _log];
            }
        }
    }

    public HistoryStore Open(HistoryOptions? options = null) => new(options ?? Options, Time, Note);

    public List<Event> Read(HistoryQuery? query = null)
    {
        using var reader = HistoryReader.Open(Path);
        return [.. reader.Read(query ?? new HistoryQuery())];
    }

    /// <summary>Runs SQL as any other program would; the first column of the first row.</summary>
    public object? Sql(string sql) => Sql(Path, sql);

    public static object? Sql(string path, string sql)
    {
        using var connection = new SqliteConnection($"Data Source={path};Pooling=False");
        connection.Open();
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        return command.ExecuteScalar();
    }

    /// <summary>Event number <paramref name="number"/>: its number in the time (1 us apart), the name and the message.</summary>
    public static DnsEvent Numbered(long number, Identity? identity = null, int messageLength = 60)
    {
        var message = new byte[messageLength];
        BinaryPrimitives.WriteInt64BigEndian(message, number);
        return new DnsEvent
        {
            TimeNs = StartNs + number * 1000,
            EventKind = EventKind.Transaction,
            Role = Role.Client,
            Transport = Transport.Udp,
            Client = SampleEvents.At("10.244.0.5", (ushort)(number % 60_000 + 1)),
            Server = SampleEvents.At("10.96.0.10", 53),
            Identity = identity ?? SampleEvents.Curl,
            Id = (ushort)number,
            Name = $"host{number}.shop.svc.cluster.local",
            QueryType = 1,
            Rcode = 0,
            Message = message,
            WireLength = messageLength,
            LatencyNs = 1_000_000 + number,
            QueryLength = 40,
        };
    }

    public static long NumberOf(Event published) => BinaryPrimitives.ReadInt64BigEndian(((DnsEvent)published).Message.Span);

    public void Dispose() => Directory.Delete(Folder, recursive: true);

    private void Note(string line)
    {
        lock (_log)
        {
            _log.Add(line);
        }
    }
}
