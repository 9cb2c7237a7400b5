// What a user may set. Defaults are those of the parts that use them. Read from YAML by ConfigFile, listed for people by ConfigSchema.

using System.Collections.Immutable;
using System.Net;
using Eider.Core.Lists;
using Eider.Core.Sensors;
using Eider.Core.Store;
using Eider.Core.Transactions;

namespace Eider.Core.Config;

/// <summary>The whole configuration. Immutable; every value has passed its checks when it came from a <see cref="ConfigFile"/>.</summary>
public sealed record EiderConfig
{
    public static readonly EiderConfig Default = new();

    /// <summary>Names this machine in events.</summary>
    public string Node { get; init; } = Environment.MachineName;

    public DnsConfig Dns { get; init; } = new();

    public PolicyConfig Policy { get; init; } = new();

    public DetectConfig Detect { get; init; } = new();

    public AlertsConfig Alerts { get; init; } = new();

    public RingConfig Ring { get; init; } = new();

    public HistoryConfig History { get; init; } = new();

    public ApiConfig Api { get; init; } = new();

    public LogConfig Log { get; init; } = new();
}

public sealed record DnsConfig
{
    private static readonly TransactionOptions Transactions = new();

    /// <summary>UDP and TCP ports that are taken for DNS.</summary>
    public ImmutableArray<ushort> Ports { get; init; } = new SensorOptions().Ports;

    /// <summary>A query without a response for this long is unanswered.</summary>
    public TimeSpan TransactionTimeout { get; init; } = Transactions.Timeout;

    /// <summary>Queries that may wait for their responses at once; beyond it the oldest is given up and counted.</summary>
    public int MaxOpenTransactions { get; init; } = Transactions.OpenLimit;

    /// <summary>By value, as records are, though an ImmutableArray compares by reference.</summary>
    public bool Equals(DnsConfig? other) =>
        other is not null && Ports.SequenceEqual(other.Ports) && TransactionTimeout == other.TransactionTimeout
        && MaxOpenTransactions == other.MaxOpenTransactions;

    public override int GetHashCode() => HashCode.Combine(Ports.Length, TransactionTimeout, MaxOpenTransactions);
}

public sealed record PolicyConfig
{
    /// <summary>Policy files, and folders of them; empty: the agent only observes.</summary>
    public ImmutableArray<string> Paths { get; init; } = [];

    /// <summary>A file that tells of pods; null: none.</summary>
    public string? Workloads { get; init; }

    /// <summary>Folder of the domain lists' copies.</summary>
    public string Lists { get; init; } = ListStore.DefaultFolder;

    /// <summary>By value, as records are, though an ImmutableArray compares by reference.</summary>
    public bool Equals(PolicyConfig? other) =>
        other is not null && Paths.SequenceEqual(other.Paths) && Workloads == other.Workloads && Lists == other.Lists;

    public override int GetHashCode() => HashCode.Combine(Paths.Length, Workloads, Lists);
}

public sealed record RingConfig
{
    /// <summary>Octets of the buffer between the kernel and the agent; a power of two.</summary>
    public long Size { get; init; } = new SensorOptions().RingSize;
}

public sealed record HistoryConfig
{
    public bool Enabled { get; init; } = true;

    public string Path { get; init; } = "/var/lib/eider/history.db";

    public TimeSpan MaxAge { get; init; } = HistoryOptions.DefaultMaxAge;

    /// <summary>Octets on disk, all files of the database together.</summary>
    public long MaxSize { get; init; } = HistoryOptions.DefaultMaxBytes;

    public int MaxRowsPerSecond { get; init; } = HistoryOptions.DefaultRowsPerSecond;
}

public sealed record ApiConfig
{
    /// <summary>Unix socket for local commands.</summary>
    public string Socket { get; init; } = "/run/eider/eider.sock";

    /// <summary>TCP address for HTTP; null: none.</summary>
    public IPEndPoint? Listen { get; init; }
}

public enum LogLevel
{
    Debug,
    Info,
    Warning,
    Error,
}

public sealed record LogConfig
{
    public LogLevel Level { get; init; } = LogLevel.Info;
}
