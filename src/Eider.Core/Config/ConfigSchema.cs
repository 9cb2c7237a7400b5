// Every config key once: its place, its kind, what it is for. The reader, `eider config show` and the documentation all go by this list.

namespace Eider.Core.Config;

/// <summary>One key, as documentation and <c>eider config show</c> list it.</summary>
public sealed class ConfigKey
{
    internal ConfigKey(
        string path, string type, string summary, Func<EiderConfig, string> write, Func<YamlNode, ConfigErrors, EiderConfig, EiderConfig> read)
    {
        Path = path;
        Type = type;
        Summary = summary;
        Write = write;
        Read = read;
    }

    /// <summary>Dotted: <c>history.maxAge</c>.</summary>
    public string Path { get; }

    /// <summary>What values it takes: "a duration from 1m to 3650d".</summary>
    public string Type { get; }

    public string Summary { get; }

    /// <summary>The value it has in a config, as YAML on one line.</summary>
    public Func<EiderConfig, string> Write { get; }

    /// <summary>Reads the node into a config; a refused value adds an error and changes nothing.</summary>
    internal Func<YamlNode, ConfigErrors, EiderConfig, EiderConfig> Read { get; }

    /// <summary>The part before the last dot; empty at the top.</summary>
    internal string Section => Path.Contains('.') ? Path[..Path.LastIndexOf('.')] : "";

    internal string Name => Path[(Path.LastIndexOf('.') + 1)..];
}

public static class ConfigSchema
{
    private const long KiB = 1L << 10;
    private const long MiB = 1L << 20;
    private const long GiB = 1L << 30;
    private const long TiB = 1L << 40;

    /// <summary>In the order in which they are shown.</summary>
    public static IReadOnlyList<ConfigKey> Keys { get; } =
    [
        Key("node", ConfigTypes.NodeName, "Name of this machine in events; the host name unless given.",
            config => config.Node, (config, value) => config with { Node = value }),

        Key("dns.ports", ConfigTypes.Ports, "UDP and TCP ports that are taken for DNS.",
            config => config.Dns.Ports, (config, value) => config with { Dns = config.Dns with { Ports = value } }),
        Key("dns.transactionTimeout", ConfigTypes.Duration(TimeSpan.FromMilliseconds(100), TimeSpan.FromMinutes(5)),
            "A query without a response for this long is unanswered.",
            config => config.Dns.TransactionTimeout, (config, value) => config with { Dns = config.Dns with { TransactionTimeout = value } }),
        Key("dns.maxOpenTransactions", ConfigTypes.Count(64, 4_194_304),
            "Queries that may wait for their responses at once; beyond it the oldest is given up and counted.",
            config => config.Dns.MaxOpenTransactions, (config, value) => config with { Dns = config.Dns with { MaxOpenTransactions = value } }),

        Key("policy.paths", ConfigTypes.AbsolutePaths, "Policy files, and folders of them, that are enforced and watched; with none the agent only observes.",
            config => config.Policy.Paths, (config, value) => config with { Policy = config.Policy with { Paths = value } }),
        Key("policy.workloads", ConfigTypes.OptionalPath, "File that tells of pods, for policies that select them.",
            config => config.Policy.Workloads, (config, value) => config with { Policy = config.Policy with { Workloads = value } }),
        Key("policy.lists", ConfigTypes.AbsolutePath, "Folder with the last good copy of each domain list.",
            config => config.Policy.Lists, (config, value) => config with { Policy = config.Policy with { Lists = value } }),

        Key("detect.enabled", ConfigTypes.Switch, "Look for forged answers, and tell of them as alerts.",
            config => config.Detect.Enabled, (config, value) => config with { Detect = config.Detect with { Enabled = value } }),
        Key("detect.off", DetectTypes.DetectionIds, "Detections that are not looked for.",
            config => config.Detect.Off, (config, value) => config with { Detect = config.Detect with { Off = value } }),
        Key("detect.mutes", ConfigTypes.AbsolutePaths, "Files of what is not to be told; they are watched. `eider alerts mute` adds to the first.",
            config => config.Detect.Mutes, (config, value) => config with { Detect = config.Detect with { Mutes = value } }),
        Key("detect.addresses", DetectTypes.AddressLists, "Lists of bad addresses and ranges, from files and URLs; answers that lead to one are told.",
            config => config.Detect.Addresses, (config, value) => config with { Detect = config.Detect with { Addresses = value } }),
        Key("detect.lists", ConfigTypes.AbsolutePath, "Folder with the last good copy of each list of addresses.",
            config => config.Detect.Lists, (config, value) => config with { Detect = config.Detect with { Lists = value } }),
        Key("detect.internalZones", DetectTypes.Zones, "Zones whose names may have private addresses: your own.",
            config => config.Detect.InternalZones, (config, value) => config with { Detect = config.Detect with { InternalZones = value } }),
        Key("detect.protectedNames", DetectTypes.ProtectedNames, "Names of your own with the only answers that are right; anything else is critical.",
            config => config.Detect.ProtectedNames, (config, value) => config with { Detect = config.Detect with { ProtectedNames = value } }),
        Key("detect.crossCheck", DetectTypes.CrossCheck, "A second resolver that is asked, at a bounded rate, about names that were answered; off unless given, for it learns which names they are.",
            config => config.Detect.CrossCheck, (config, value) => config with { Detect = config.Detect with { CrossCheck = value } }),

        Key("alerts.webhooks", AlertsTypes.Webhooks, "HTTP servers that every alert is posted to as JSON, signed with the secret in a file.",
            config => config.Alerts.Webhooks, (config, value) => config with { Alerts = config.Alerts with { Webhooks = value } }),
        Key("alerts.syslog", AlertsTypes.Syslog, "Syslog receivers that every alert is sent to (RFC 5424).",
            config => config.Alerts.Syslog, (config, value) => config with { Alerts = config.Alerts with { Syslog = value } }),

        Key("ring.size", ConfigTypes.Size(64 * KiB, GiB, powerOfTwo: true),
            "Buffer between the kernel and the agent; what does not fit in it during a burst is lost and counted.",
            config => config.Ring.Size, (config, value) => config with { Ring = new RingConfig { Size = value } }),

        Key("history.enabled", ConfigTypes.Switch, "Keep a history of events on disk.",
            config => config.History.Enabled, (config, value) => config with { History = config.History with { Enabled = value } }),
        Key("history.path", ConfigTypes.AbsolutePath, "The history's SQLite file.",
            config => config.History.Path, (config, value) => config with { History = config.History with { Path = value } }),
        Key("history.maxAge", ConfigTypes.Duration(TimeSpan.FromMinutes(1), TimeSpan.FromDays(3650)),
            "Older events are deleted.",
            config => config.History.MaxAge, (config, value) => config with { History = config.History with { MaxAge = value } }),
        Key("history.maxSize", ConfigTypes.Size(4 * MiB, 16 * TiB),
            "All files of the history together; the oldest events make room. Never more than a tenth of the file system, whatever is set here.",
            config => config.History.MaxSize, (config, value) => config with { History = config.History with { MaxSize = value } }),
        Key("history.maxRowsPerSecond", ConfigTypes.Count(1, 1_000_000),
            "Exchanges kept one by one on the mean, twice as many in a burst; those beyond are counted, and those like one kept in the same second go first.",
            config => config.History.MaxRowsPerSecond, (config, value) => config with { History = config.History with { MaxRowsPerSecond = value } }),

        Key("api.socket", ConfigTypes.SocketPath, "Unix socket on which the agent serves local commands.",
            config => config.Api.Socket, (config, value) => config with { Api = config.Api with { Socket = value } }),
        Key("api.listen", ConfigTypes.Listen, "TCP address on which the agent serves HTTP as well; none unless given.",
            config => config.Api.Listen, (config, value) => config with { Api = config.Api with { Listen = value } }),

        Key("log.level", ConfigTypes.OneOf<LogLevel>(), "The least severe messages that are written to standard error.",
            config => config.Log.Level, (config, value) => config with { Log = new LogConfig { Level = value } }),
    ];

    /// <summary>Whether both say the same in one section.</summary>
    internal static bool IsSame(string section, EiderConfig one, EiderConfig other) => Keys.Where(key => key.Section == section).All(key => key.Write(one) == key.Write(other));

    private static ConfigKey Key<T>(
        string path, ConfigType<T> type, string summary, Func<EiderConfig, T> get, Func<EiderConfig, T, EiderConfig> set) =>
        new(path, type.Name, summary, config => type.Write(get(config)),
            (node, errors, config) => type.Read(node, errors) is { } read ? set(config, read.Value) : config);
}
