// Which servers are asked: by whom, and how much of late. Packets that seem to come from one of them are another matter than a stranger's.

using System.Runtime.CompilerServices;

namespace Eider.Core.Detect;

internal readonly record struct AskedServerKey(IpAddress Client, IpAddress Server)
{
    public override int GetHashCode() => (int)KeyedHash.Mix(KeyedHash.Mix(KeyedHash.Key, Client), Server);
}

internal struct ServerLoad
{
    public long SinceNs;
    public int Questions;
    public int Before;
}

internal sealed class AskedServers
{
    /// <summary>Questions are counted in steps of this.</summary>
    private const long StepNs = 10_000_000_000;

    /// <summary>A server that was not asked for so long has no questions open, nor soon.</summary>
    private const long LastingNs = 600_000_000_000;

    private readonly BoundedTable<AskedServerKey, long> lastNs = new(DetectOptions.PartyLimit / 2);
    private readonly BoundedTable<IpAddress, ServerLoad> loads = new(DetectOptions.PartyLimit / 2);

    public long Bytes => lastNs.Bytes + loads.Bytes;

    public long Shed => lastNs.Shed + loads.Shed;

    public void Note(IpAddress client, IpAddress server, long nowNs)
    {
        lastNs.Touch(new(client, server), out _) = nowNs;
        ref var load = ref loads.Touch(server, out _);
        if (nowNs - load.SinceNs >= StepNs)
        {
            load = new ServerLoad { SinceNs = nowNs, Before = nowNs - load.SinceNs < 2 * StepNs ? load.Questions : 0 };
        }

        load.Questions++;
    }

    public bool IsAskedBy(IpAddress client, IpAddress server, long nowNs)
    {
        ref var asked = ref lastNs.Find(new(client, server));
        return !Unsafe.IsNullRef(ref asked) && nowNs - asked <= LastingNs;
    }

    /// <summary>Questions of anybody here to this server, in the last ten seconds and up to ten before.</summary>
    public int QuestionsTo(IpAddress server, long nowNs)
    {
        ref var load = ref loads.Find(server);
        return Unsafe.IsNullRef(ref load) || nowNs - load.SinceNs >= 2 * StepNs ? 0 : load.Questions + load.Before;
    }
}
